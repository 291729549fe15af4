// A preview of an import. The first rows are checked immediately, and the whole file when the user asks for it.
import Download from '@mui/icons-material/FileDownloadOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useRefresh, useTranslate } from 'ra-core';
import { useLocation } from 'react-router-dom';
import { colon } from '../i18n/i18n';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import { textOf } from '../i18n/text';
import { outcomes, type Import, type Outcome, type Preview } from './import';
import { useProblem } from './problems';
import { Rows } from './Rows';
import { Unmapped } from './Unmapped';
import { Progress } from './Working';

const CHECKED = 200; // maximum number of checked rows, from the first 64 KiB of the file
const [ERRORS, SHOWN] = [50, 20];

/** The link that downloads the rows with errors and the reasons. */
export function Rejects({ id, format }: Pick<Import, 'id' | 'format'>) {
	const translate = useTranslate();
	return (
		<Button
			component="a"
			href={`/api/imports/${id}/errors`}
			download={format === 'csv' ? 'errors.csv' : 'errors.json'}
			variant="outlined"
			startIcon={<Download />}
		>
			{translate('imports.errors')}
		</Button>
	);
}

export function Check({ file, changing }: { file: Import; /** The plan is being changed. */ changing: boolean }) {
	const translate = useTranslate();
	const say = useProblem(file.resource);
	const refresh = useRefresh();
	const { count } = useFormats();
	const { ask, tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const { id, format, state, checked_at, mapping, mode, match_by, blank, date_order, columns } = file;
	const turn = (to: string) => () => act(() => tell(`/api/imports/${id}/${to}`).then(refresh));
	// The result of a preview applies to one plan, and is not stored.
	const preview = useQuery({
		queryKey: ['imports', 'check', id, mapping, mode, match_by, blank, date_order],
		gcTime: 0,
		staleTime: Infinity,
		queryFn: () => ask<Preview>(`/api/imports/${id}/preview`, { limit: CHECKED }),
		enabled: !changing,
	});
	const all: number | null = useLocation().state?.rows ?? (checked_at ? file.rows_read : null);
	const checkedRows = preview.data?.rows ?? [];
	const failed =
		checked_at !== null
			? file.failed
			: checkedRows.length === all
				? checkedRows.filter(({ outcome }) => outcome === 'failed').length
				: 0;
	const good = all == null ? null : all - failed;
	const idle = state === 'uploaded' && !busy && !changing;
	const totals = (of: (outcome: Outcome) => number) =>
		outcomes
			.filter((outcome) => of(outcome) > 0)
			.map((outcome) => `${translate(`imports.became.${outcome}`)}${colon()}${count(of(outcome))}`)
			.join(' · ');
	return (
		<Panel
			title={translate('imports.preview')}
			lead={translate('imports.preview_help')}
			action={
				<Button
					variant="contained"
					disabled={!idle || good === 0 || (format === 'csv' && !mapping.some(Boolean))}
					onClick={turn('start')}
				>
					{good == null
						? translate('imports.start')
						: translate('imports.start_rows', { smart_count: good, n: count(good) })}
				</Button>
			}
		>
			<QueryResult query={changing ? { ...preview, data: undefined } : preview}>
				{({ rows }) => {
					const whole = checked_at !== null,
						here = rows.length === all;
					const of = whole
						? (outcome: Outcome) => file[outcome]
						: (outcome: Outcome) => rows.filter((row) => row.outcome === outcome).length;
					const checked = whole ? file.rows_read : rows.length;
					const faulty = rows.filter(({ outcome }) => outcome === 'failed'),
						shown = faulty.slice(0, ERRORS);
					const more = of('failed') - shown.length;
					const unmapped =
						whole || format !== 'csv'
							? file.unmapped
							: columns
									.map((column, n) => ({
										column,
										rows:
											mapping[n] || column === 'reason'
												? 0
												: rows.filter(
														({ cells }) => textOf((cells as unknown[])[n]).trim() !== '',
													).length,
									}))
									.filter(({ rows: n }) => n > 0);
					return (
						<Stack
							spacing={2}
							sx={{
								alignItems: 'flex-start',
								'& > *': { width: '100%' },
								'& > .MuiButton-root': { width: 'auto' },
							}}
						>
							{file.error && <Alert severity="error">{say(file.error)}</Alert>}
							{state === 'checking' ? (
								<Progress stop={turn('cancel')} busy={busy} />
							) : (
								<Alert
									severity={of('failed') ? 'warning' : 'info'}
									action={
										!whole &&
										!here &&
										format !== 'json' && (
											<Button
												color="inherit"
												size="small"
												disabled={!idle}
												onClick={turn('check')}
											>
												{translate('imports.check')}
											</Button>
										)
									}
								>
									{[
										translate(whole || here ? 'imports.checked_all' : 'imports.checked', {
											smart_count: checked,
											n: count(checked),
										}),
										totals(of) && `${totals(of)}.`,
										of('failed') > 0 && translate('imports.faulty'),
									]
										.filter(Boolean)
										.join(' ')}
								</Alert>
							)}
							<Unmapped columns={unmapped} />
							{/* Rows with errors come first, followed by the first few rows without errors. */}
							<Rows
								file={file}
								rows={[...shown, ...rows.filter(({ outcome }) => outcome !== 'failed').slice(0, SHOWN)]}
							/>
							{state === 'uploaded' && more > 0 && (
								<Typography color="textSecondary">
									{translate('imports.more_errors', { smart_count: more, n: count(more) })}
								</Typography>
							)}
							{whole && file.failed > 0 && <Rejects {...file} />}
						</Stack>
					);
				}}
			</QueryResult>
		</Panel>
	);
}
