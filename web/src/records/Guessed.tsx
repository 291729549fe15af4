// The pages of a resource that has no pages: what no area describes of it is guessed from the OpenAPI document.
import { useContext, useMemo } from 'react';
import Icon from '@mui/icons-material/TableChartOutlined';
import { useQuery } from '@tanstack/react-query';
import { I18nContext, Resource as Routed } from 'react-admin';
import { useLocale, type I18nProvider } from 'ra-core';
import { Route, Routes, useLocation } from 'react-router-dom';
import { tablesQuery, type Column, type Table } from '../tables/tables';
import { Areas, useAreas } from './area';
import { Missing } from '../ui/Missing';
import type { FieldSpec, Kind, Resource } from './resource';
import { described } from './pages';
import { fullName } from './People';
import { leads } from './values';
import { Waiting } from '../ui/Waiting';

const names = ['name', 'title', 'subject', 'text'];
const kinds: Partial<Record<Column['kind'], Kind>> = { day: 'date', list: 'json' };

function spec({ name, kind, fixed, required }: Column): FieldSpec {
	const reference = leads[name];
	return {
		kind: reference
			? kind === 'list'
				? 'references'
				: 'reference'
			: /(^|_)url$/.test(name)
				? 'url'
				: (kinds[kind] ?? (kind as Kind)),
		...(reference && { reference }),
		...(required && { required }),
		...((fixed || (!reference && ['list', 'json'].includes(kind))) && { fixed: true }),
	};
}

function guess(name: string, { columns, verbs }: Table): Resource {
	const fields = Object.fromEntries(columns.filter((one) => one.name !== 'id').map((one) => [one.name, spec(one)]));
	const all = Object.keys(fields),
		plain = all.filter((one) => fields[one]!.kind !== 'json');
	const called = names.find((one) => fields[one]);
	return {
		name,
		icon: Icon,
		title: (row) => String((called && row[called]) || fullName(row) || row.email || `#${row.id}`),
		fields,
		verbs,
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

/** The labels of what no resource describes; those in English are guessed from the names. */
function useLabels(): I18nProvider | undefined {
	const i18n = useContext(I18nContext);
	const french = useLocale() === 'fr';
	const { data } = useQuery({
		queryKey: ['guessed', 'fr'],
		queryFn: () => import('../i18n/guessed.fr'),
		enabled: french,
		staleTime: Infinity,
	});
	return useMemo(() => {
		if (!french) return i18n;
		return (
			data && {
				...i18n,
				translate: (key, options) => {
					const [group, name = '', part, member = ''] = key.split('.');
					const label =
						group === 'resources' && (part === 'name' ? data.resources[name] : data.members[member]);
					return i18n.translate(key, label ? { ...options, _: label } : options);
				},
			}
		);
	}, [i18n, french, data]);
}

export default function Guessed() {
	const name = useLocation().pathname.split('/')[1]!;
	const areas = useAreas();
	const { data, isPending } = useQuery(tablesQuery);
	const table = data?.[name];
	const known = areas.find(({ resource }) => resource?.name === name)?.resource;
	const area = useMemo(() => {
		const guessed = table && guess(name, table);
		return guessed && described({ ...guessed, ...known, fields: { ...guessed.fields, ...known?.fields } });
	}, [name, table, known]);
	const labels = useLabels();
	if (!area) return isPending ? <Waiting /> : <Missing />;
	if (!labels) return <Waiting />;
	return (
		<I18nContext.Provider value={labels}>
			<Areas value={[area, ...areas]}>
				<Routes>
					<Route path={`/${name}/*`} element={<Routed {...area.routes} />} />
				</Routes>
			</Areas>
		</I18nContext.Provider>
	);
}
