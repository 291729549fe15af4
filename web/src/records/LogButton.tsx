// The button that logs a call or a meeting about the current record.
import { useState } from 'react';
import Call from '@mui/icons-material/PhoneCallbackOutlined';
import Meeting from '@mui/icons-material/GroupsOutlined';
import Button, { type ButtonProps } from '@mui/material/Button';
import { useDataProvider, useNotify, useRecordContext, useRefresh, useTranslate } from 'ra-core';
import { Allowed } from '../ui/Allowed';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog } from '../ui/FormDialog';

const icons = { call: <Call />, meeting: <Meeting /> };

/** `refer` is the field of an activity that refers to the record. */
export function LogButton({
	type,
	refer,
	...props
}: Omit<ButtonProps, 'type'> & { type: keyof typeof icons; refer: string }) {
	const row = useRecordContext()!;
	const translate = useTranslate();
	const notify = useNotify();
	const refresh = useRefresh();
	const { tell } = useDataProvider<Provider>();
	const [asking, setAsking] = useState(false);
	const close = () => setAsking(false);
	return (
		<Allowed resource="activities" action="create">
			<Button {...props} startIcon={icons[type]} onClick={() => setAsking(true)}>
				{translate(`i18n.log.${type}`)}
			</Button>
			{asking && (
				<FormDialog
					title={translate(`i18n.log.${type}`)}
					action={translate('ra.action.save')}
					close={close}
					submit={async ({ body }) => {
						await tell('/api/activities', {
							type,
							body: body || null,
							[refer]: row.id,
							occurred_at: new Date().toISOString(),
						});
						close();
						notify('i18n.log.done', { type: 'success' });
						refresh();
					}}
				>
					<Ask
						name="body"
						required={false}
						autoFocus
						multiline
						minRows={3}
						label={translate('i18n.log.notes')}
					/>
				</FormDialog>
			)}
		</Allowed>
	);
}
