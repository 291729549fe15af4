import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useDataProvider, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { useAct } from '../app/act';
import type { Provider } from '../app/dataProvider';
import { useFormats } from '../app/formats';
import { Panel } from '../app/Panel';
import type { Import } from './import';

/** The progress; Show refetches it every second. */
export function Working() {
	const translate = useTranslate();
	const refresh = useRefresh();
	const { count } = useFormats();
	const { tell } = useDataProvider<Provider>();
	const [busy, act] = useAct();
	const { id, state, percent, rate, rows_read, undone } = useRecordContext<Import>()!;
	const running = state === 'running';
	return (
		<Panel title={translate(`imports.states.${state}`)} lead={translate('imports.working_help')} action={running && (
			<Button color="error" disabled={busy} onClick={() => act(() => tell(`/api/imports/${id}/cancel`).then(refresh))}>
				{translate('imports.cancel')}
			</Button>
		)}>
			<LinearProgress aria-label={translate(`imports.states.${state}`)} sx={{ height: 8, borderRadius: 4 }}
				{...running && percent != null && { variant: 'determinate', value: percent }} />
			<Typography color="textSecondary" sx={{ mt: 1, fontVariantNumeric: 'tabular-nums' }}>
				{[running && percent != null && `${count(percent)} %`,
					translate(running ? 'imports.read' : 'imports.undone_rows',
						{ smart_count: running ? rows_read : undone, n: count(running ? rows_read : undone) }),
					running && rate ? translate('imports.rate', { rate: count(rate) }) : ''].filter(Boolean).join(' · ')}
			</Typography>
		</Panel>
	);
}
