// The plan of an import: the column mapping, the matching and the check.
import Alert from '@mui/material/Alert';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Panel } from '../ui/Panel';
import { Check } from './Check';
import { Columns } from './Columns';
import { DateOrder } from './DateOrder';
import { keys, type Import, type Plan, type Preview } from './import';
import { Matching } from './Matching';
import { SavedMappings } from './SavedMappings';

const SAMPLES = 20;

export function Planning() {
	const translate = useTranslate();
	const refresh = useRefresh();
	const file = useRecordContext<Import>()!;
	const { ask, tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const { id, format, match_by } = file;
	// The cells of the first rows are the same for every plan.
	const head = useQuery({
		queryKey: ['imports', 'head', id],
		staleTime: Infinity,
		enabled: format === 'csv',
		queryFn: () => ask<Preview>(`/api/imports/${id}/preview`, { limit: SAMPLES }),
	});
	const change = (plan: Partial<Plan>) =>
		act(async () => {
			// Records cannot be matched by a field to which no column is mapped.
			const lost = plan.mapping && match_by && !keys({ ...file, ...plan }).includes(match_by);
			await tell(`/api/imports/${id}`, lost ? { ...plan, match_by: null, mode: 'create' } : plan, 'PATCH');
			refresh();
		});
	return (
		<>
			{format === 'csv' ? (
				<Panel
					title={translate('imports.columns')}
					lead={translate('imports.columns_help')}
					action={<SavedMappings file={file} apply={(mapping) => change({ mapping })} />}
				>
					<QueryResult query={head}>
						{({ fields, rows }) => (
							<>
								<Columns file={file} fields={fields ?? []} rows={rows} change={change} />
								<DateOrder file={file} change={change} />
							</>
						)}
					</QueryResult>
				</Panel>
			) : (
				<Alert severity="info">{translate(`imports.about.${format}`)}</Alert>
			)}
			<Panel title={translate('imports.there')} lead={translate('imports.there_help')}>
				<Matching file={file} change={change} />
			</Panel>
			<Check file={file} changing={busy} />
		</>
	);
}
