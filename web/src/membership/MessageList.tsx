// The messages of all members, and whether the user gets mails about them.
import { useId, useState } from 'react';
import Button from '@mui/material/Button';
import Switch from '@mui/material/Switch';
import { useDataProvider, useGetList, useGetOne, useLocale, useRefresh, type RaRecord } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import type { Locale } from '../i18n/i18n';
import { Line, Lines, Panel } from '../ui/Panel';
import { may } from '../data/permissions';
import { RecordList } from '../records/RecordList';
import { useMe } from '../data/session';

const words = {
	en: {
		title: 'Mails about new messages',
		about: 'When a member writes, you get a mail, and no other one about this member until somebody has read the message.',
		on: 'You get mails about new messages',
		off: 'You get no mails about new messages',
		none: 'All mails of the module Membership to you are switched off, also those about your own membership.',
		all: 'Switch on all mails of the module',
		all_on: 'All mails of the module are switched on',
		paused: 'All mails of the module Membership to you are paused until %.',
		resume: 'End the pause of all mails',
		resumed: 'The pause has ended',
	},
	fr: {
		title: 'E-mails sur les nouveaux messages',
		about: 'Quand un membre écrit, vous recevez un e-mail, et aucun autre sur ce membre avant que quelqu’un ait lu le message.',
		on: 'Vous recevez des e-mails sur les nouveaux messages',
		off: 'Vous ne recevez pas d’e-mails sur les nouveaux messages',
		none: 'Tous vos e-mails du module Adhésions sont désactivés, aussi ceux sur votre propre adhésion.',
		all: 'Activer tous les e-mails du module',
		all_on: 'Tous les e-mails du module sont activés',
		paused: 'Tous vos e-mails du module Adhésions sont suspendus jusqu’au %.',
		resume: 'Mettre fin à la pause de tous les e-mails',
		resumed: 'La pause est terminée',
	},
} satisfies Record<Locale, Record<string, string>>;

const PREFERENCES = 'user_notification_preferences';

function MailSwitch({ id }: { id: RaRecord['id'] }) {
	const say = words[useLocale() as Locale];
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
	// What stops all mails of the module.  The staff have no page of its settings.
	const stops = [
		...(data.email ? [] : [{ why: say.none, does: say.all, change: { email: true }, done: say.all_on }]),
		...(data.muted_until == null || Date.parse(data.muted_until) <= now
			? []
			: [
					{
						why: say.paused.replace('%', dateTime(data.muted_until)),
						does: say.resume,
						change: { muted_until: null },
						done: say.resumed,
					},
				]),
	];
	const on = data.member_messages && stops.length === 0;
	return (
		<Panel
			title={say.title}
			lead={say.about}
			action={
				<Switch
					checked={on}
					disabled={busy || stops.length > 0}
					onChange={() => save({ member_messages: !on }, on ? say.off : say.on)}
					slotProps={{
						input: {
							'aria-label': say.title,
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
