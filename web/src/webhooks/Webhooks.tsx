// Webhooks: URLs that receive changes to the organization's data.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Link from '@mui/material/Link';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import { Title } from 'react-admin';
import { useDataProvider, useGetList, useRefresh, useTranslate } from 'ra-core';
import { Link as RouterLink } from 'react-router-dom';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { Secret } from '../ui/Secret';
import { useRemoval } from '../data/undo';
import { EventsInput, useEventWords } from './EventsInput';
import { TestAddress } from './TestAddress';
import { patternsOf, type Delivery, type Webhook } from './webhook';
import { WIDTH } from '../ui/width';

const MOST = 20; // the server's maximum number of webhooks

/** The time and the result of the last delivery. */
function LastDelivery({ hook: { id } }: { hook: Webhook }) {
	const translate = useTranslate();
	const { ago } = useFormats();
	const words = useEventWords();
	const { data: [last] = [] } = useGetList<Delivery>(
		'webhook_deliveries',
		{ filter: { webhook_id: id }, sort: { field: 'id', order: 'DESC' }, pagination: { page: 1, perPage: 1 } },
		{ refetchInterval: 5000 },
	);
	const answer = last?.attempts?.at(-1);
	return (
		last && (
			<>
				<br />
				{[
					translate('webhooks.last', { event: words([last.event]), when: ago(last.created_at) }),
					translate(`webhooks.is.${last.status}`),
					answer && (answer.status ?? answer.error),
				]
					.filter(Boolean)
					.join(' · ')}
			</>
		)
	);
}

export default function Webhooks() {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const refresh = useRefresh();
	const remove = useRemoval('webhooks');
	const { ago } = useFormats();
	const words = useEventWords();
	const query = useGetList<Webhook>('webhooks', {
		pagination: { page: 1, perPage: MOST },
		sort: { field: 'id', order: 'ASC' },
	});
	const [asking, setAsking] = useState<'new' | { edit: Webhook } | { rotate: Webhook } | { secret: string }>();
	const [busy, act] = useAct();
	const edited = typeof asking === 'object' && 'edit' in asking ? asking.edit : undefined;
	const save = async ({ url, events = '', description }: Answers) => {
		const body = { url, description: description || null, events: patternsOf(events) };
		if (edited) {
			await tell(`/api/webhooks/${edited.id}`, body, 'PATCH');
			setAsking(undefined);
		} else setAsking({ secret: (await tell<{ secret: string }>('/api/webhooks', body)).secret });
		refresh();
	};
	const state = ({ enabled, failing_since, disabled_reason }: Webhook) =>
		!enabled ? (
			<Chip
				size="small"
				label={
					disabled_reason
						? translate(`webhooks.reasons.${disabled_reason}`, { _: disabled_reason })
						: translate('profile.off')
				}
			/>
		) : failing_since ? (
			<Chip
				size="small"
				color="warning"
				variant="outlined"
				label={translate('webhooks.failing', { when: ago(failing_since) })}
			/>
		) : (
			<Chip size="small" color="success" variant="outlined" label={translate('profile.on')} />
		);
	return (
		<Box sx={{ ...WIDTH, pt: 2 }}>
			<Title title="webhooks.title" />
			<Panel
				title={translate('webhooks.title')}
				lead={translate('webhooks.lead')}
				action={
					<Button
						variant="contained"
						disabled={(query.data?.length ?? MOST) >= MOST}
						onClick={() => setAsking('new')}
					>
						{translate('webhooks.make')}
					</Button>
				}
			>
				<QueryResult query={query} empty={translate('webhooks.none')}>
					{(hooks) => (
						<Lines>
							{hooks.map((hook) => (
								<Line
									key={hook.id}
									title={
										<Link component={RouterLink} to={`/webhooks/${hook.id}`}>
											{hook.description || hook.url}
										</Link>
									}
									note={
										<>
											{hook.description && (
												<>
													{hook.url}
													<br />
												</>
											)}
											{words(hook.events)}
											<LastDelivery hook={hook} />
										</>
									}
									action={
										<Stack
											direction="row"
											useFlexGap
											sx={{ flexWrap: 'wrap', alignItems: 'center', gap: 0.5 }}
										>
											{state(hook)}
											<Switch
												checked={hook.enabled}
												disabled={busy}
												onChange={(_, enabled) =>
													act(() =>
														tell(`/api/webhooks/${hook.id}`, { enabled }, 'PATCH').then(
															refresh,
														),
													)
												}
												slotProps={{
													input: {
														'aria-label': `${translate('profile.enabled')}: ${hook.url}`,
													},
												}}
											/>
											<Deed
												does="webhooks.test"
												of={hook.url}
												disabled={busy || !hook.enabled}
												onClick={() =>
													act(() => tell(`/api/webhooks/${hook.id}/test`), 'webhooks.tested')
												}
											/>
											<Deed
												does="ra.action.edit"
												of={hook.url}
												onClick={() => setAsking({ edit: hook })}
											/>
											<Deed
												does="webhooks.rotate"
												of={hook.url}
												aria-haspopup="dialog"
												onClick={() => setAsking({ rotate: hook })}
											/>
											<Deed
												does="ra.action.delete"
												of={hook.url}
												color="error"
												onClick={() => remove({ ids: [hook.id] })}
											/>
										</Stack>
									}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
			</Panel>
			{(asking === 'new' || edited) && (
				<FormDialog
					title={translate(edited ? 'webhooks.edit' : 'webhooks.make')}
					action={translate('ra.action.save')}
					submit={save}
					close={() => setAsking(undefined)}
				>
					<Ask
						name="url"
						type="url"
						autoFocus
						autoComplete="off"
						label={translate('webhooks.url')}
						defaultValue={edited?.url}
					/>
					<Ask
						name="description"
						required={false}
						autoComplete="off"
						label={translate('webhooks.description')}
						defaultValue={edited?.description}
					/>
					<EventsInput began={edited?.events ?? ['*']} />
					<TestAddress id={edited?.id} />
				</FormDialog>
			)}
			{typeof asking === 'object' && 'rotate' in asking && (
				<FormDialog
					danger
					title={translate('webhooks.rotate')}
					lead={translate('webhooks.rotate_help', { url: asking.rotate.url })}
					action={translate('webhooks.replace')}
					close={() => setAsking(undefined)}
					submit={async () =>
						setAsking(await tell<{ secret: string }>(`/api/webhooks/${asking.rotate.id}/rotate`))
					}
				/>
			)}
			{typeof asking === 'object' && 'secret' in asking && (
				<FormDialog title={translate('webhooks.secret')} close={() => setAsking(undefined)}>
					<Alert severity="warning">{translate('webhooks.secret_once')}</Alert>
					<Secret text={asking.secret} label={translate('webhooks.secret')} />
				</FormDialog>
			)}
		</Box>
	);
}
