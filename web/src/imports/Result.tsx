// The result of an import: counts, failed rows and undo.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useDataProvider, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { useResourceName } from '../data/resourceName';
import { Link } from 'react-router-dom';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import { Rejects } from './Check';
import { Conflicts } from './Conflicts';
import { useListOf } from '../records/usePageOf';
import { outcomes, type Import } from './import';
import { useProblem } from './problems';
import { Unmapped } from './Unmapped';

const DAY = 86_400_000;

function Counts() {
	const translate = useTranslate();
	const { count } = useFormats();
	const file = useRecordContext<Import>()!;
	return (
		<Box
			component="dl"
			sx={{ m: 0, display: 'grid', gap: 2, gridTemplateColumns: 'repeat(auto-fit, minmax(110px, 1fr))' }}
		>
			{outcomes.map((outcome) => (
				<Box key={outcome} sx={{ display: 'flex', flexDirection: 'column-reverse' }}>
					<Typography component="dt" variant="body2" color="textSecondary">
						{translate(`imports.became.${outcome}`)}
					</Typography>
					<Typography
						component="dd"
						variant="h2"
						color={outcome === 'failed' && file.failed ? 'error' : undefined}
						sx={{ m: 0 }}
					>
						{count(file[outcome])}
					</Typography>
				</Box>
			))}
		</Box>
	);
}

export function Result() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const refresh = useRefresh();
	const { dateTime } = useFormats();
	const { tell } = useDataProvider<Provider>();
	const [asking, setAsking] = useState(false);
	const { id, state, resource, format, failed, conflicts, duplicates, unmapped, undone, error, ended_at } =
		useRecordContext<Import>()!;
	const say = useProblem(resource);
	const [now] = useState(Date.now);
	const late = ended_at !== null && now - Date.parse(ended_at) > 30 * DAY;
	const undo = async () => {
		await tell(`/api/imports/${id}/undo`);
		setAsking(false);
		refresh();
	};
	const what = resource ?? 'contacts';
	const list = useListOf()(what);
	return (
		<>
			<Panel
				title={translate(`imports.states.${state}`)}
				lead={dateTime(ended_at)}
				action={
					list && (
						<Button component={Link} to={list} variant="outlined">
							{translate('imports.to', { what: resourceName(what, 2).toLowerCase() })}
						</Button>
					)
				}
			>
				<Stack spacing={2}>
					{error && (
						<Alert severity="error">
							{translate('imports.why')} {say(error)}.
						</Alert>
					)}
					{state === 'undone' && (
						<Alert severity={conflicts ? 'warning' : 'success'}>
							{translate('imports.undone', { smart_count: undone })}
						</Alert>
					)}
					{state !== 'undone' && duplicates > 0 && (
						<Alert severity="warning">{translate('imports.duplicates', { smart_count: duplicates })}</Alert>
					)}
					{state !== 'undone' && <Unmapped columns={unmapped} />}
					<Counts />
					<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap' }}>
						{failed > 0 && <Rejects id={id} format={format} />}
						{state !== 'undone' && !late && (
							<Button color="error" variant="outlined" onClick={() => setAsking(true)}>
								{translate('imports.undo')}
							</Button>
						)}
					</Stack>
					{failed > 0 && (
						<Typography variant="body2" color="textSecondary">
							{translate('imports.errors_help')}
						</Typography>
					)}
				</Stack>
			</Panel>
			{conflicts > 0 && <Conflicts id={id} />}
			{asking && (
				<FormDialog
					danger
					title={translate('imports.undo_what')}
					lead={translate('imports.undo_help')}
					action={translate('imports.undo')}
					submit={undo}
					close={() => setAsking(false)}
				/>
			)}
		</>
	);
}
