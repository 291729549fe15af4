// The switch for the user's weekly email about opportunities.
import Switch from '@mui/material/Switch';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useLocale, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Panel } from '../ui/Panel';
import { key } from './opportunities';

interface Setting {
	enabled: boolean;
	next_at: string | null;
	email_verified: boolean;
}

const PATH = '/api/opportunities/weekly_mail';

export function WeeklyMail() {
	const provider = useDataProvider<Provider>();
	const client = useQueryClient();
	const translate = useTranslate();
	const language = useLocale();
	const { dateTime } = useFormats();
	const [busy, act] = useAct();
	const { data } = useQuery({ queryKey: [PATH], queryFn: () => provider.ask<Setting>(PATH) });
	if (!data) return null;
	const set = (enabled: boolean) =>
		act(
			async () => {
				client.setQueryData([PATH], await provider.tell(PATH, { enabled, language }, 'PUT'));
			},
			key(enabled ? 'mailed' : 'not_mailed'),
		);
	return (
		<Panel
			title={translate(key('mail'))}
			lead={translate(key(!data.email_verified ? 'mail_unverified' : data.enabled ? 'mail_on' : 'mail_off'), {
				at: dateTime(data.next_at),
			})}
			action={
				<Switch
					checked={data.enabled}
					disabled={busy || (!data.email_verified && !data.enabled)}
					onChange={() => set(!data.enabled)}
					slotProps={{ input: { 'aria-label': translate(key('mail')) } }}
				/>
			}
		/>
	);
}
