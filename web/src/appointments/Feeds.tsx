// Links to which calendar apps subscribe. Each link is shown once and can be revoked.
import { useState, type FormEvent } from 'react';
import Rss from '@mui/icons-material/RssFeed';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate } from 'ra-core';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Secret } from '../ui/Secret';

const KEY = ['calendar_feeds'];

interface FeedLink {
	id: string;
	name: string | null;
	created_at: string;
	last_used_at: string | null;
	view: string;
	tasks: string;
}

function Links({ revoked }: { revoked: () => void }) {
	const translate = useTranslate();
	const notify = useNotify();
	const queries = useQueryClient();
	const { ago } = useFormats();
	const { ask, tell } = useDataProvider<Provider>();
	const query = useQuery({ queryKey: KEY, queryFn: () => ask<FeedLink[]>('/api/calendar_feeds') });
	const revoke = (id: string) =>
		tell(`/api/calendar_feeds/${id}`, undefined, 'DELETE').then(
			() => {
				revoked();
				queries.invalidateQueries({ queryKey: KEY });
				notify('appointments.feed.revoked', { type: 'success' });
			},
			(refusal: Error) => notify(refusal.message, { type: 'error' }),
		);
	return (
		<QueryResult query={query}>
			{(links) => (
				<Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
					{links.map(({ id, name, view, last_used_at }) => (
						<Stack
							key={id}
							component="li"
							direction="row"
							spacing={1}
							sx={{ py: 1, alignItems: 'center', borderTop: 1, borderColor: 'divider' }}
						>
							<Box sx={{ flex: 1, minWidth: 0 }}>
								<Typography sx={{ overflowWrap: 'anywhere' }}>
									{name || translate('appointments.title')}
								</Typography>
								<Typography variant="body2" color="textSecondary">
									{translate(`appointments.feed.views.${view}`)}
									{' · '}
									{last_used_at
										? translate('appointments.feed.read', { when: ago(last_used_at) })
										: translate('appointments.feed.never_read')}
								</Typography>
							</Box>
							<Button
								color="error"
								size="small"
								onClick={() => revoke(id)}
								aria-label={`${translate('appointments.feed.revoke')}: ${name || translate('appointments.title')}`}
							>
								{translate('appointments.feed.revoke')}
							</Button>
						</Stack>
					))}
				</Box>
			)}
		</QueryResult>
	);
}

const told = (form: FormData) => ({ name: form.get('name'), view: form.get('view'), tasks: form.get('task') });

export function Feeds() {
	const translate = useTranslate();
	const notify = useNotify();
	const queries = useQueryClient();
	const { tell } = useDataProvider<Provider>();
	const [open, setOpen] = useState(false);
	const [url, setUrl] = useState<string>();
	const make = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = event.currentTarget;
		try {
			const made = await tell<{ url: string }>('/api/calendar_feeds', told(new FormData(form)));
			setUrl(made.url);
			form.reset();
			queries.invalidateQueries({ queryKey: KEY });
		} catch (error) {
			notify((error as Error).message, { type: 'error' });
		}
	};
	const close = () => {
		setOpen(false);
		setUrl(undefined);
	};
	const choice = (name: string, all: string[]) => (
		<TextField
			id={`feed-${name}`}
			name={name}
			select
			defaultValue={all[0]}
			label={translate(`appointments.feed.${name}`)}
		>
			{all.map((value) => (
				<MenuItem key={value} value={value}>
					{translate(`appointments.feed.${name}s.${value}`)}
				</MenuItem>
			))}
		</TextField>
	);
	return (
		<>
			<Button startIcon={<Rss />} onClick={() => setOpen(true)}>
				{translate('appointments.feed.title')}
			</Button>
			{/* A click outside the dialog must not discard values that are shown only once. */}
			<Dialog
				open={open}
				onClose={(_, why) => (why === 'escapeKeyDown' || !url) && close()}
				fullWidth
				maxWidth="sm"
				aria-labelledby="feed-title"
			>
				<DialogTitle id="feed-title">{translate('appointments.feed.title')}</DialogTitle>
				<DialogContent>
					<DialogContentText sx={{ mb: 2 }}>{translate('appointments.feed.lead')}</DialogContentText>
					{url && (
						<Stack spacing={1} sx={{ mb: 2 }}>
							<Alert severity="success">{translate('appointments.feed.told_once')}</Alert>
							<Secret text={url} label={translate('appointments.feed.address')} />
						</Stack>
					)}
					<Stack component="form" onSubmit={make} spacing={1.5} sx={{ mb: 2 }}>
						<TextField id="feed-name" name="name" required label={translate('appointments.feed.name')} />
						<Stack direction={{ xs: 'column', sm: 'row' }} spacing={1.5}>
							{choice('view', ['mine', 'all'])}
							{choice('task', ['todo', 'event', 'none'])}
						</Stack>
						<Button type="submit" variant="contained" sx={{ alignSelf: 'flex-start' }}>
							{translate('appointments.feed.make')}
						</Button>
					</Stack>
					{open && <Links revoked={() => setUrl(undefined)} />}
				</DialogContent>
				<DialogActions>
					<Button onClick={close}>{translate('ra.action.close')}</Button>
				</DialogActions>
			</Dialog>
		</>
	);
}
