// The list of conversations beside the selected conversation. A phone shows either the list or the conversation.
import { useState } from 'react';
import Back from '@mui/icons-material/ArrowBack';
import Settings from '@mui/icons-material/SettingsInputAntennaOutlined';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Card from '@mui/material/Card';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Skeleton from '@mui/material/Skeleton';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { Title } from 'react-admin';
import { useGetOne, useTranslate } from 'ra-core';
import { Link, useLocation, useParams } from 'react-router-dom';
import { Missing } from '../ui/Missing';
import { PageActions } from '../ui/PageActions';
import { QueryResult } from '../ui/QueryResult';
import { useParameters } from '../ui/parameters';
import { useMe } from '../data/session';
import { channels } from './channel';
import { Conversation } from './Conversation';
import { keyOf, UNREAD, useMessages, type Message } from './message';
import { PAGE, Threads } from './Threads';

// The fields that the search covers.
const searched = ['body', 'subject', 'sender', 'recipient'];

function useFilters() {
	const [search, set] = useParameters();
	const channel = search.get('channel') ?? '',
		q = search.get('q') ?? '',
		unread = search.has('unread');
	const filter = {
		...(channel && { channel }),
		...(unread && UNREAD),
		...(q && { '@or': Object.fromEntries(searched.map((name) => [`${name}@ilike`, q])) }),
	};
	return { channel, q, unread, set, filter };
}

function Filters({ channel, q, unread, set }: ReturnType<typeof useFilters>) {
	const translate = useTranslate();
	const [text, setText] = useState(q);
	return (
		<Stack
			direction="row"
			useFlexGap
			sx={{
				p: 2,
				pb: 1.5,
				gap: 1.5,
				flexWrap: 'wrap',
				alignItems: 'center',
				borderBottom: 1,
				borderColor: 'divider',
			}}
		>
			<Box
				component="form"
				role="search"
				sx={{ flex: '1 1 100%' }}
				onSubmit={(event) => {
					event.preventDefault();
					set('q', text.trim());
				}}
			>
				<TextField
					id="q"
					type="search"
					value={text}
					label={translate('ra.action.search')}
					onBlur={() => set('q', text.trim())}
					onChange={(event) => {
						setText(event.target.value);
						if (!event.target.value) set('q', '');
					}}
				/>
			</Box>
			<TextField
				id="channel"
				select
				label={translate('messages.channel')}
				value={channel in channels ? channel : ''}
				onChange={(event) => set('channel', event.target.value)}
				sx={{ flex: 1 }}
				slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
			>
				<MenuItem value="">{translate('messages.all')}</MenuItem>
				{Object.keys(channels).map((one) => (
					<MenuItem key={one} value={one}>
						{translate(`messages.channels.${one}`)}
					</MenuItem>
				))}
			</TextField>
			<FormControlLabel
				label={translate('messages.unread')}
				sx={{ mr: 0 }}
				control={<Switch checked={unread} onChange={(_, on) => set('unread', on ? '1' : '')} />}
			/>
		</Stack>
	);
}

export default function Inbox() {
	const { id, '*': rest } = useParams();
	const unknown = Boolean(rest) || (id != null && !/^\d+$/.test(id));
	const { administrator } = useMe();
	const { search } = useLocation();
	const translate = useTranslate();
	const wide = useMediaQuery('(min-width: 1100px)');
	const filters = useFilters();
	const some = (useMessages(filters.filter, PAGE).data?.messages.length ?? 0) > 0;
	const query = useGetOne<Message>('messages', { id: Number(id) }, { enabled: id != null && !unknown });
	if (unknown) return <Missing />;
	return (
		<Box sx={{ pt: 2 }}>
			<Title title="messages.title" />
			<PageActions>
				{administrator && (
					<Button component={Link} to="/messages/channels" startIcon={<Settings />}>
						{translate('messages.settings')}
					</Button>
				)}
			</PageActions>
			{id && !wide && (
				<Button component={Link} to={{ pathname: '/messages', search }} startIcon={<Back />} sx={{ mb: 1 }}>
					{translate('messages.back')}
				</Button>
			)}
			<Box
				sx={{
					display: 'grid',
					gap: 2,
					alignItems: 'start',
					gridTemplateColumns: wide ? 'minmax(320px, 400px) minmax(0, 1fr)' : 'minmax(0, 1fr)',
				}}
			>
				{(wide || !id) && (
					<Card component="section" aria-label={translate('messages.conversations')}>
						<Filters {...filters} />
						<Threads
							key={JSON.stringify(filters.filter)}
							filter={filters.filter}
							chosen={query.data && keyOf(query.data)}
							none={Object.keys(filters.filter).length ? 'messages.none_found' : 'messages.none'}
						/>
					</Card>
				)}
				{id ? (
					<QueryResult query={query} waiting={<Skeleton variant="rounded" height={240} />}>
						{(message) => <Conversation key={keyOf(message)} of={message} />}
					</QueryResult>
				) : (
					wide &&
					some && (
						<Typography color="textSecondary" sx={{ p: 6, textAlign: 'center' }}>
							{translate('messages.choose')}
						</Typography>
					)
				)}
			</Box>
		</Box>
	);
}
