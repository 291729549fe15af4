// The pages of a resource that no area describes, generated from the catalogue.
import { useMemo } from 'react';
import Icon from '@mui/icons-material/TableChartOutlined';
import { Resource as Routed } from 'react-admin';
import { Navigate, Route, Routes, useLocation } from 'react-router-dom';
import type { CatalogueResource } from '../data/catalogue';
import { useCatalogue } from '../data/session';
import { Areas, useAreas } from './area';
import { Missing } from '../ui/Missing';
import { specOf } from './complete';
import { described } from './pages';
import { titleOf } from './RowInput';
import type { Resource } from './resource';

const names = ['name', 'title', 'subject', 'text'];

function guess(name: string, known: CatalogueResource): Resource {
	const fields = Object.fromEntries(
		Object.entries(known.fields)
			.filter(([one]) => one !== 'id')
			.map(([one, field]) => {
				const spec = specOf(name, one, field);
				return [one, { ...spec, ...(spec.kind === 'json' && { fixed: true as const }) }];
			}),
	);
	const all = Object.keys(fields),
		plain = all.filter((one) => fields[one]!.kind !== 'json');
	const called = names.find((one) => fields[one]);
	return {
		name,
		icon: Icon,
		title: titleOf,
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
	const area = useMemo(() => {
		const guessed = found && guess(name, found);
		return guessed && described({ ...guessed, ...known, fields: { ...guessed.fields, ...known?.fields } });
	}, [name, found, known]);
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
