// The messages of all members, and the setting that enables emails to the user about them.
import { useId, useState } from 'react';
import Button from '@mui/material/Button';
import Switch from '@mui/material/Switch';
import { useDataProvider, useGetList, useGetOne, useRefresh, useTranslate, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Line, Lines, Panel } from '../ui/Panel';
import { may } from '../data/permissions';
import { RecordList } from '../records/RecordList';
import { useMe } from '../data/session';

const PREFERENCES = 'user_notification_preferences';

function MailSwitch({ id }: { id: RaRecord['id'] }) {
	const translate = useTranslate();
	const { tell } = useDataProvider<Provider>();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const { dateTime } = useFormats();
	const hint = useId();
	const [now] = useState(Date.now);
	const { data } = useGetOne(PREFERENCES, { id });
	if (!data) return null;
	const save = (change: object, done: string) =>
		act(async () => {
			await tell(`/api/${PREFERENCES}/${id}`, change, 'PATCH');
			refresh();
		}, done);
	// The settings that stop the module's emails. The staff has no other page for these settings.
	const stops = [
		...(data.email
			? []
			: [
					{
						why: translate('membership.mails.none'),
						does: translate('membership.mails.all'),
						change: { email: true },
						done: translate('membership.mails.all_on'),
					},
				]),
		...(data.muted_until == null || Date.parse(data.muted_until) <= now
			? []
			: [
					{
						why: translate('membership.mails.paused', { at: dateTime(data.muted_until) }),
						does: translate('membership.mails.resume'),
						change: { muted_until: null },
						done: translate('membership.mails.resumed'),
					},
				]),
	];
	const on = data.member_messages && stops.length === 0;
	return (
		<Panel
			title={translate('membership.mails.title')}
			lead={translate('membership.mails.about')}
			action={
				<Switch
					checked={on}
					disabled={busy || stops.length > 0}
					onChange={() =>
						save(
							{ member_messages: !on },
							on ? translate('membership.mails.off') : translate('membership.mails.on'),
						)
					}
					slotProps={{
						input: {
							'aria-label': translate('membership.mails.title'),
							'aria-describedby': stops.map((_, n) => `${hint}-${n}`).join(' ') || undefined,
						},
					}}
				/>
			}
		>
			{stops.length > 0 && (
				<Lines>
					{stops.map(({ why, does, change, done }, n) => (
						<Line
							key={does}
							title={<span id={`${hint}-${n}`}>{why}</span>}
							action={
								<Button size="small" disabled={busy} onClick={() => save(change, done)}>
									{does}
								</Button>
							}
						/>
					))}
				</Lines>
			)}
		</Panel>
	);
}

export default function MessageList() {
	const me = useMe();
	const answers = may(me, 'member_messages', 'create');
	const { data: [profile] = [] } = useGetList(
		'user_profiles',
		{ filter: { user_id: me.user_id }, pagination: { page: 1, perPage: 1 }, sort: { field: 'id', order: 'ASC' } },
		{ enabled: answers },
	);
	return (
		<>
			{answers && profile && <MailSwitch id={profile.id} />}
			<RecordList />
		</>
	);
}
