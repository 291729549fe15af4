// The changes of the current record: who, when and what.
import Box from '@mui/material/Box';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useRecordContext, useResourceContext, useTranslate, useTranslateLabel } from 'ra-core';
import { useFormats } from './formats';
import { Older, useOlder } from './Older';
import { Value } from './values';

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
	const { dateTime } = useFormats();
	const resource = useResourceContext()!;
	const row = useRecordContext()!;
	const query = useOlder<Entry>(`/api/${resource}/${row.id}/history`, {}, undefined, [resource, 'history', row.id]);
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
									<strong>{label({ resource, source: member })}</strong>: <Value {...{ resource, member }} value={old} /> → <Value {...{ resource, member }} value={now} />
								</Typography>
							))}
						</Box>
					))}
				</Stack>
			)}
		</Older>
	);
}
