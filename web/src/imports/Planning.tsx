// The plan of an import: column mapping, matching and preview.
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { useAct } from '../app/act';
import { QueryResult } from '../app/QueryResult';
import type { Provider } from '../app/dataProvider';
import { useFormats } from '../app/formats';
import { Panel } from '../app/Panel';
import { Columns } from './Columns';
import { keys, outcomes, type Import, type Plan, type Preview } from './import';
import { Matching } from './Matching';
import { Rows } from './Rows';
import { SavedMappings } from './SavedMappings';

const CHECKED = 1000; // rows, of the first 64 KiB of the file
const SHOWN = 20;

export function Planning() {
	const translate = useTranslate();
	const refresh = useRefresh();
	const file = useRecordContext<Import>()!;
	const { ask, tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const { id, format, mapping, mode, match_by, blank } = file;
	const preview = useQuery({ queryKey: ['imports', 'preview', id, mapping, mode, match_by, blank],
		queryFn: () => ask<Preview>(`/api/imports/${id}/preview`, { limit: CHECKED }), placeholderData: keepPreviousData });
	const change = (plan: Partial<Plan>) => act(async () => {
		// Records cannot be matched by a field that no column is mapped to.
		const lost = plan.mapping && match_by && !keys({ ...file, ...plan }).includes(match_by);
		await tell(`/api/imports/${id}`, lost ? { ...plan, match_by: null, mode: 'create' } : plan, 'PATCH');
		refresh();
	});
	const all: number | null | undefined = useLocation().state?.rows;
	const { count } = useFormats();
	const start = () => act(() => tell(`/api/imports/${id}/start`).then(refresh));
	return (
		<>
			{format === 'csv' ? (
				<Panel title={translate('imports.columns')} lead={translate('imports.columns_help')}
					action={<SavedMappings file={file} apply={(mapping) => change({ mapping })} />}>
					<QueryResult query={preview}>
						{({ fields, rows }) => <Columns file={file} fields={fields ?? []} rows={rows} change={change} />}
					</QueryResult>
				</Panel>
			) : <Alert severity="info">{translate(`imports.about.${format}`)}</Alert>}
			<Panel title={translate('imports.there')} lead={translate('imports.there_help')}>
				<Matching file={file} change={change} />
			</Panel>
			<Panel title={translate('imports.preview')} lead={translate('imports.preview_help')} action={
				<Button variant="contained" disabled={busy || (format === 'csv' && !mapping.some(Boolean))} onClick={start}>
					{all == null ? translate('imports.start') : translate('imports.start_rows', { smart_count: all, n: count(all) })}
				</Button>
			}>
				<QueryResult query={preview}>
					{({ rows }) => {
						const faulty = rows.filter(({ outcome }) => outcome === 'failed');
						const totals = outcomes.map((outcome) => [outcome, rows.filter((row) => row.outcome === outcome).length] as const)
							.filter(([, n]) => n > 0).map(([outcome, n]) => `${translate(`imports.became.${outcome}`)}: ${count(n)}`);
						return (
							<>
								<Alert severity={faulty.length ? 'warning' : 'info'} sx={{ mb: 2 }}>
									{[translate(rows.length === all ? 'imports.checked_all' : 'imports.checked', { smart_count: rows.length, n: count(rows.length) }),
										totals.length > 0 && `${totals.join(' · ')}.`, faulty.length > 0 && translate('imports.faulty')].filter(Boolean).join(' ')}
								</Alert>
								{/* All errors, then the first of the other rows. */}
								<Rows file={file} rows={[...faulty, ...rows.filter((row) => !faulty.includes(row)).slice(0, SHOWN)]} />
							</>
						);
					}}
				</QueryResult>
			</Panel>
		</>
	);
}
