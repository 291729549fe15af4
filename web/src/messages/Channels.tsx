// Inbound URLs. Each URL is shown once and can be deleted.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { Title } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { Secret } from '../ui/Secret';
import { ChannelIcon, channels } from './channel';
import { WIDTH } from '../ui/width';

interface Channel {
	id: string;
	name: string | null;
	channel: string;
	signed: boolean;
	last_used_at: string | null;
}

interface Told {
	url: string;
	signing_secret: string;
	signed: boolean;
}

export default function Channels() {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { ago } = useFormats();
	const query = useQuery({ queryKey: ['message_channels'], queryFn: () => ask<Channel[]>('/api/message_channels') });
	const [asking, setAsking] = useState<'new' | { told: Told } | { gone: Channel }>();
	const close = () => setAsking(undefined);
	const nameOf = ({ name, channel }: Channel) => name || translate(`messages.channels.${channel}`);
	const make = async ({ name, channel, signed }: Answers) => {
		setAsking({ told: await tell<Told>('/api/message_channels', { name, channel, signed: signed != null }) });
		void query.refetch();
	};
	const remove = async ({ id }: Channel) => {
		await tell(`/api/message_channels/${id}`, undefined, 'DELETE');
		close();
		void query.refetch();
	};
	return (
		<Box sx={{ ...WIDTH, pt: 2 }}>
			<Title title="messages.settings" />
			<Panel
				title={translate('messages.settings')}
				lead={translate('messages.settings_help')}
				action={
					<Button variant="contained" onClick={() => setAsking('new')}>
						{translate('messages.make')}
					</Button>
				}
			>
				<QueryResult query={query} empty={translate('messages.no_channels')}>
					{(all) => (
						<Lines>
							{all.map((one) => (
								<Line
									key={one.id}
									icon={<ChannelIcon channel={one.channel} />}
									title={nameOf(one)}
									note={[
										translate(`messages.channels.${one.channel}`),
										one.signed && translate('messages.signed'),
										one.last_used_at
											? translate('messages.used', { when: ago(one.last_used_at) })
											: translate('messages.never_used'),
									]
										.filter(Boolean)
										.join(' · ')}
									action={
										<Deed
											does="messages.remove"
											of={nameOf(one)}
											color="error"
											onClick={() => setAsking({ gone: one })}
										/>
									}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
			</Panel>
			{asking === 'new' && (
				<FormDialog
					title={translate('messages.make')}
					action={translate('ra.action.create')}
					submit={make}
					close={close}
				>
					<Ask
						name="name"
						autoFocus
						autoComplete="off"
						label={translate('messages.name')}
						slotProps={{ htmlInput: { maxLength: 200 } }}
					/>
					<Ask name="channel" select defaultValue="email" label={translate('messages.channel')}>
						{Object.keys(channels).map((one) => (
							<MenuItem key={one} value={one}>
								{translate(`messages.channels.${one}`)}
							</MenuItem>
						))}
					</Ask>
					<Box>
						<FormControlLabel
							control={<Checkbox name="signed" defaultChecked />}
							label={translate('messages.sign')}
						/>
						<Typography variant="body2" color="textSecondary">
							{translate('messages.sign_help')}
						</Typography>
					</Box>
				</FormDialog>
			)}
			{typeof asking === 'object' && 'told' in asking && (
				<FormDialog title={translate('messages.told')} close={close}>
					<Alert severity="warning">{translate('messages.told_once')}</Alert>
					<Typography variant="h6" component="h3">
						{translate('messages.address')}
					</Typography>
					<Secret text={asking.told.url} label={translate('messages.address')} />
					{asking.told.signed && (
						<>
							<Typography variant="h6" component="h3">
								{translate('messages.secret')}
							</Typography>
							<Secret text={asking.told.signing_secret} label={translate('messages.secret')} />
						</>
					)}
				</FormDialog>
			)}
			{typeof asking === 'object' && 'gone' in asking && (
				<FormDialog
					danger
					title={translate('messages.remove_what', { name: nameOf(asking.gone) })}
					lead={translate('messages.remove_help')}
					action={translate('messages.remove')}
					submit={() => remove(asking.gone)}
					close={close}
				/>
			)}
		</Box>
	);
}
