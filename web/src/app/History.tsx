// Who changed what of the row at hand.
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useRecordContext, useResourceContext, useTranslate, useTranslateLabel } from 'ra-core';
import { useFormats } from './formats';
import { Older, useOlder } from './Older';
import { useShown } from './values';

interface Entry {
	id: number;
	at: string;
	action: 'insert' | 'update' | 'delete' | 'restore';
	name: string | null;
	changes: Record<string, { old: unknown; new: unknown }>;
}

export function History() {
	const translate = useTranslate();
	const label = useTranslateLabel();
	const shown = useShown();
	const { dateTime } = useFormats();
	const resource = useResourceContext()!;
	const row = useRecordContext()!;
	const query = useOlder<Entry>(`/api/${resource}/${row.id}/history`, {}, undefined, [resource, 'history', row.id]);
	const text = (member: string, value: unknown) => shown(resource, member, value) || '–';
	return (
		<Older query={query}>
			{(entries) => (
				<Stack component="ul" spacing={2} sx={{ listStyle: 'none', m: 0, p: 0 }}>
					{entries.map(({ id, at, action, name, changes }) => (
						<Box component="li" key={id}>
							<Typography variant="body2" color="textSecondary">
								{translate(`app.history.${action}`)} · {name ?? translate('app.history.nobody')} · {dateTime(at)}
							</Typography>
							{action === 'update' && Object.entries(changes).map(([member, { old, new: now }]) => (
								<Typography key={member} sx={{ overflowWrap: 'anywhere' }}>
									<strong>{label({ resource, source: member })}</strong>: {text(member, old)} → {text(member, now)}
								</Typography>
							))}
						</Box>
					))}
				</Stack>
			)}
		</Older>
	);
}
