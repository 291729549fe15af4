// The messages of all members, and whether the user gets mails about them.
import Switch from '@mui/material/Switch';
import { useDataProvider, useGetList, useGetOne, useLocale, useRefresh, type RaRecord } from 'ra-core';
import { useAct } from '../app/act';
import type { Provider } from '../app/dataProvider';
import type { Locale } from '../app/i18n';
import { Panel } from '../app/Panel';
import { may } from '../app/permissions';
import { RecordList } from '../app/RecordList';
import { useMe } from '../app/session';

const words = {
	en: { title: 'Mails about new messages', about: 'When a member writes, you get a mail, and no other one about this member until somebody has read the message.', on: 'You get mails about new messages',
		off: 'You get no mails about new messages' },
	fr: { title: 'E-mails sur les nouveaux messages', about: 'Quand un membre écrit, vous recevez un e-mail, et aucun autre sur ce membre avant que quelqu’un ait lu le message.',
		on: 'Vous recevez des e-mails sur les nouveaux messages', off: 'Vous ne recevez pas d’e-mails sur les nouveaux messages' },
} satisfies Record<Locale, Record<string, string>>;

const PREFERENCES = 'user_notification_preferences';

function MailSwitch({ id }: { id: RaRecord['id'] }) {
	const say = words[useLocale() as Locale];
	const { tell } = useDataProvider<Provider>();
	const refresh = useRefresh();
	const [busy, act] = useAct();
	const { data } = useGetOne(PREFERENCES, { id });
	if (!data)
		return null;
	const on = data.email && data.member_messages;
	// Without "email", no mail of the module is sent.
	const toggle = () => act(async () => {
		await tell(`/api/${PREFERENCES}/${id}`, { member_messages: !on, ...!on && { email: true } }, 'PATCH');
		refresh();
	}, on ? say.off : say.on);
	return <Panel title={say.title} lead={say.about} action={<Switch checked={on} disabled={busy} onChange={toggle} slotProps={{ input: { 'aria-label': say.title } }} />} />;
}

export default function MessageList() {
	const me = useMe();
	const answers = may(me, 'member_messages', 'create');
	const { data: [profile] = [] } = useGetList('user_profiles', { filter: { user_id: me.user_id }, pagination: { page: 1, perPage: 1 }, sort: { field: 'id', order: 'ASC' } },
		{ enabled: answers });
	return <>{answers && profile && <MailSwitch id={profile.id} />}<RecordList /></>;
}
