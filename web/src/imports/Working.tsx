import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useDataProvider, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import type { Import } from './import';

/** The progress of an import. ImportShow refetches it every second. */
export function Progress({
	stop,
	busy,
}: {
	/** Absent if the user cannot stop the import here. */ stop?: () => void;
	busy?: boolean;
}) {
	const translate = useTranslate();
	const { count, percent: percentOf } = useFormats();
	const { state, percent, rate, rows_read, undone } = useRecordContext<Import>()!;
	const undoes = state === 'undoing',
		rows = undoes ? undone : rows_read;
	return (
		<div>
			<LinearProgress
				aria-label={translate(`imports.states.${state}`)}
				sx={{ height: 8, borderRadius: 4 }}
				{...(!undoes && percent != null && { variant: 'determinate', value: percent })}
			/>
			<Stack direction="row" sx={{ alignItems: 'center', gap: 1, mt: 1 }}>
				<Typography color="textSecondary" sx={{ fontVariantNumeric: 'tabular-nums', flex: 1 }}>
					{[
						state === 'checking' && translate('imports.states.checking'),
						!undoes && percent != null && percentOf(percent),
						translate(undoes ? 'imports.undone_rows' : 'imports.read', {
							smart_count: rows,
							n: count(rows),
						}),
						!undoes && rate ? translate('imports.rate', { rate: count(rate) }) : '',
					]
						.filter(Boolean)
						.join(' · ')}
				</Typography>
				{stop && (
					<Button size="small" disabled={busy} onClick={stop}>
						{translate('imports.cancel')}
					</Button>
				)}
			</Stack>
		</div>
	);
}

export function Working() {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const { id, state } = useRecordContext<Import>()!;
	return (
		<Panel
			title={translate(`imports.states.${state}`)}
			lead={translate('imports.working_help')}
			action={
				state === 'running' && (
					<Button
						color="error"
						disabled={busy}
						onClick={() => act(() => tell(`/api/imports/${id}/cancel`).then(refresh))}
					>
						{translate('imports.cancel')}
					</Button>
				)
			}
		>
			<Progress />
		</Panel>
	);
}
