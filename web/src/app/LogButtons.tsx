// Logs a call or a meeting with the current record.
import { useState } from 'react';
import Call from '@mui/icons-material/CallOutlined';
import Meeting from '@mui/icons-material/GroupsOutlined';
import Button from '@mui/material/Button';
import Stack from '@mui/material/Stack';
import { useDataProvider, useNotify, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { Allowed } from './Allowed';
import type { Provider } from './dataProvider';
import { Ask, FormDialog } from './FormDialog';

const kinds = { call: Call, meeting: Meeting };

/** REFER: the field of an activity that refers to the record. */
export function LogButtons({ refer }: { refer: string }) {
	const row = useRecordContext()!;
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const [asking, setAsking] = useState<keyof typeof kinds>();
	return (
		<Allowed resource="activities" action="create">
			<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap' }}>
				{(Object.keys(kinds) as (keyof typeof kinds)[]).map((type) => {
					const Icon = kinds[type];
					return (
						<Button key={type} size="small" variant="outlined" startIcon={<Icon />} onClick={() => setAsking(type)}>
							{translate(`app.log.${type}`)}
						</Button>
					);
				})}
			</Stack>
			{asking && (
				<FormDialog title={translate(`app.log.${asking}`)} action={translate('ra.action.save')} close={() => setAsking(undefined)}
					submit={async ({ body }) => {
						await tell('/api/activities', { type: asking, body: body || null, [refer]: row.id, occurred_at: new Date().toISOString() });
						setAsking(undefined);
						notify('app.log.done', { type: 'success' });
						refresh();
					}}>
					<Ask name="body" required={false} autoFocus multiline minRows={3} label={translate('app.log.notes')} />
				</FormDialog>
			)}
		</Allowed>
	);
}
