// The deliveries of a webhook with their responses, and a button that sends a delivery again.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { Title } from 'react-admin';
import { useDataProvider, useGetList, useGetOne, useRefresh, useTranslate } from 'ra-core';
import { Link, useParams } from 'react-router-dom';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { Missing } from '../ui/Missing';
import { Pagination } from '../ui/Pagination';
import { Line, Lines, Panel } from '../ui/Panel';
import { useEventWords } from './EventsInput';
import type { Delivery, Webhook } from './webhook';
import { WIDTH } from '../ui/width';

const PAGE = 25;
const DAY = 86_400_000;
const colors = { waiting: 'default', delivered: 'success', failed: 'error' } as const;

function Text({ title, children }: { title: string; children: string }) {
	return (
		<>
			<Typography variant="subtitle2" component="h3" sx={{ mt: 1 }}>
				{title}
			</Typography>
			<Typography
				component="pre"
				variant="body2"
				sx={{ m: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxHeight: 320, overflow: 'auto' }}
				tabIndex={0}
			>
				{children}
			</Typography>
		</>
	);
}

/** The request of the last attempt, and the beginning of the response. */
function Sent({ delivery: { request_headers, request_body, attempts } }: { delivery: Delivery }) {
	const translate = useTranslate();
	const answer = attempts?.at(-1)?.answer;
	if (!request_headers) return null;
	const headers = Object.entries(request_headers).map(([name, value]) => `${name}: ${value}`);
	return (
		<Box component="details">
			<summary>{translate('webhooks.sent')}</summary>
			<Text title={translate('webhooks.headers')}>{headers.join('\n')}</Text>
			{request_body && <Text title={translate('webhooks.body')}>{request_body}</Text>}
			{answer && <Text title={translate('webhooks.answer')}>{answer}</Text>}
		</Box>
	);
}

function Deliveries({ id }: { id: number }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const { dateTime, count } = useFormats();
	const words = useEventWords();
	const [page, setPage] = useState(0);
	const [status, setStatus] = useState('');
	const [busy, act] = useAct();
	const { data: hook } = useGetOne<Webhook>('webhooks', { id });
	const query = useGetList<Delivery>(
		'webhook_deliveries',
		{
			filter: { webhook_id: id, ...(status && { status }) },
			sort: { field: 'id', order: 'DESC' },
			pagination: { page: page + 1, perPage: PAGE },
		},
		{ refetchInterval: 5000 },
	);
	const told = ({ attempts, next_at, status }: Delivery) => {
		const last = attempts?.at(-1);
		return [
			last && translate('webhooks.attempts', { smart_count: attempts!.length }),
			last && (last.status || last.error),
			last?.ms != null && `${count(last.ms)} ms`,
			status === 'waiting' && next_at && translate('webhooks.next', { when: dateTime(next_at) }),
		]
			.filter(Boolean)
			.join(' · ');
	};
	return (
		<Box sx={{ ...WIDTH, pt: 2 }}>
			<Title title="webhooks.deliveries" />
			<Button component={Link} to="/webhooks" sx={{ mb: 1 }}>
				{translate('webhooks.back')}
			</Button>
			<Panel
				title={hook?.description || hook?.url || '…'}
				lead={translate('webhooks.deliveries_help')}
				action={
					<Button
						variant="outlined"
						disabled={busy}
						onClick={() =>
							act(
								() =>
									tell(`/api/webhooks/${id}/replay`, {
										since: new Date(Date.now() - 30 * DAY).toISOString(),
									}).then(refresh),
								'webhooks.replayed',
							)
						}
					>
						{translate('webhooks.replay_all')}
					</Button>
				}
			>
				<TextField
					id="status"
					select
					value={status}
					label={translate('webhooks.status')}
					sx={{ maxWidth: 220, mb: 1 }}
					onChange={(event) => {
						setStatus(event.target.value);
						setPage(0);
					}}
					slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
				>
					<MenuItem value="">{translate('webhooks.every')}</MenuItem>
					{Object.keys(colors).map((one) => (
						<MenuItem key={one} value={one}>
							{translate(`webhooks.is.${one}`)}
						</MenuItem>
					))}
				</TextField>
				<QueryResult query={query} empty={translate('webhooks.no_deliveries')}>
					{(deliveries) => (
						<Lines>
							{deliveries.map((one) => (
								<Line
									key={one.id}
									title={`${words([one.event])}${one.row_id ? ` · ${one.row_id}` : ''}`}
									note={
										<>
											{[dateTime(one.created_at), told(one)].filter(Boolean).join(' · ')}
											<Sent delivery={one} />
										</>
									}
									action={
										<Stack direction="row" sx={{ alignItems: 'center', gap: 1 }}>
											<Chip
												size="small"
												variant="outlined"
												color={colors[one.status]}
												label={translate(`webhooks.is.${one.status}`)}
											/>
											<Button
												size="small"
												disabled={busy || one.status === 'waiting'}
												aria-label={`${translate('webhooks.replay')}: ${one.event} ${one.id}`}
												onClick={() =>
													act(
														() =>
															tell(`/api/webhook_deliveries/${one.id}/replay`).then(
																refresh,
															),
														'webhooks.replayed',
													)
												}
											>
												{translate('webhooks.replay')}
											</Button>
										</Stack>
									}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
				<Pagination total={query.total ?? 0} page={page} size={PAGE} setPage={setPage} />
			</Panel>
		</Box>
	);
}

export default function DeliveriesPage() {
	const { id = '' } = useParams();
	return /^\d+$/.test(id) ? <Deliveries id={Number(id)} /> : <Missing />;
}
