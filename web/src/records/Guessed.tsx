// The pages of a resource that no area describes, generated from the catalogue.
import { useMemo } from 'react';
import Icon from '@mui/icons-material/TableChartOutlined';
import { Resource as Routed } from 'react-admin';
import { useTranslate, type RaRecord } from 'ra-core';
import { Navigate, Route, Routes, useLocation } from 'react-router-dom';
import type { CatalogueResource } from '../data/catalogue';
import { useResourceName } from '../data/resourceName';
import { useCatalogue } from '../data/session';
import { Areas, useAreas } from './area';
import { Missing } from '../ui/Missing';
import { specOf } from './complete';
import { described } from './pages';
import { titleOf } from './RowInput';
import type { FieldSpec, Resource, Shown } from './resource';
import { dayText } from './titles';

// Fields that name a record, and the days that name a record without them.
const names = ['name', 'last_name', 'title', 'subject', 'text'];
const days = ['date', 'created_at'];

const ResourceName = ({ value }: Shown) => useResourceName()(value);
function Action({ value }: Shown) {
	return useTranslate()(`i18n.history.${value}`, { _: value });
}

// Values that are codes, and are shown in words.
const inWords: Record<string, FieldSpec> = {
	resource: { Cell: ResourceName },
	entity_type: { Cell: ResourceName },
	action: { Cell: Action },
};

/** `label` is the name of one record. */
function guess(name: string, known: CatalogueResource, label: string): Resource {
	const fields: Record<string, FieldSpec> = Object.fromEntries(
		Object.entries(known.fields)
			.filter(([one, { label: shown }]) => one !== 'id' && (shown || days.includes(one)))
			.map(([one, field]) => {
				const spec = specOf(name, one, field);
				return [one, { ...spec, ...inWords[one], ...(spec.kind === 'json' && { fixed: true as const }) }];
			}),
	);
	// The ID of a record that has no name here is of no use to a user.
	const all = Object.keys(fields).filter((one) => fields[one]!.reference || !/_id$/.test(one)),
		plain = all.filter((one) => fields[one]!.kind !== 'json');
	const called = [...names, ...days].find((one) => fields[one]);
	return {
		name,
		icon: Icon,
		title: (row) =>
			called && days.includes(called) ? [label, dayText(row[called])].filter(Boolean).join(', ') : titleOf(row),
		fields,
		form: all.filter((one) => !fields[one]!.fixed),
		list: {
			name: called ?? 'id',
			columns: plain.filter((one) => one !== called).slice(0, 6),
			sort: ['id', 'DESC'],
			filters: plain,
		},
		page: { facts: all, tabs: {} },
	};
}

export default function Guessed() {
	const name = useLocation().pathname.split('/')[1]!;
	const areas = useAreas();
	const found = useCatalogue()[name];
	const elsewhere = areas.map((area) => area.elsewhere?.[name]).find(Boolean);
	const known = areas.find(({ resource }) => resource?.name === name)?.resource;
	const label = useResourceName()(name);
	const area = useMemo(() => {
		const guessed = found && guess(name, found, label);
		const title = (row: RaRecord) => known?.title(row) || guessed!.title(row);
		return guessed && described({ ...guessed, ...known, title, fields: { ...guessed.fields, ...known?.fields } });
	}, [name, found, label, known]);
	if (elsewhere) return <Navigate to={elsewhere} replace />;
	if (!area) return <Missing />;
	return (
		<Areas value={[area, ...areas]}>
			<Routes>
				<Route path={`/${name}/*`} element={<Routed {...area.routes} />} />
			</Routes>
		</Areas>
	);
}
