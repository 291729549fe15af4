// API keys, which can be bound to IP addresses, made publishable, and rotated. Each secret is shown once.
import { useState } from 'react';
import Key from '@mui/icons-material/VpnKeyOutlined';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { Secret } from '../ui/Secret';
import { useMe } from '../data/session';
import { AssistantKey } from '../assistant/Key';
import { KeyRequests } from './KeyRequests';
import { KeyScopes, useScopesSaid, type Scopes } from './KeyScopes';

interface ApiKey {
	id: string;
	name: string | null;
	start: string | null;
	enabled: boolean;
	expiresAt: string | null;
	lastRequest: string | null;
	permissions: Scopes | null;
	addresses?: string[];
	previousUntil?: string;
	publishable?: true;
	logBodies?: true;
	rateLimitMax: number;
	rateLimitTimeWindow: number;
	organizationId?: string;
	referenceId: string;
}

/** A service account, with the ID of its row and the ID of its user. */
export interface KeyHolder {
	id: number;
	user_id: string;
	name: string;
}

const listed = (addresses: string) => addresses.split(/[\s,]+/).filter(Boolean);

const DAY = 86_400;
const MINUTE = 60_000;
/** The default number of requests that a key may send per minute. */
const USUAL = 600;
const MOST = 100;
const MOST_OF_ALL = 1000;

/** The user's keys, or a service account's keys. */
export function ApiKeys({ account }: { account?: KeyHolder }) {
	const me = useMe();
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { ago, count, date } = useFormats();
	const keys = useQuery({
		queryKey: ['keys', account?.id],
		queryFn: async () =>
			(
				await ask<{ apiKeys: ApiKey[] }>('/api/auth/api-key/list', {
					...(account && { organizationId: me.organization_id }),
					limit: account ? MOST_OF_ALL : MOST,
					sortBy: 'createdAt',
					sortDirection: 'desc',
				})
			).apiKeys.filter(({ referenceId }) => !account || referenceId === account.user_id),
	});
	const [asking, setAsking] = useState<
		| 'new'
		| { made: string }
		| { remove: ApiKey }
		| { rotate: ApiKey }
		| { bind: ApiKey }
		| { log: ApiKey }
		| { limit: ApiKey }
	>();
	const [busy, act] = useAct();
	const scopesSaid = useScopesSaid();
	const [access, setAccess] = useState('read');
	const [scopes, setScopes] = useState<Scopes>({});
	const close = () => setAsking(undefined);
	const begin = () => {
		setAccess('read');
		setScopes({});
		setAsking('new');
	};
	const make = async ({ name, days, may, addresses }: Answers) => {
		const from = may === 'publishable' ? [] : listed(addresses!);
		const route = account ? `/api/service_accounts/${account.id}/keys` : '/api/auth/api-key/create';
		const { key } = await tell<{ key: string }>(route, {
			name,
			...(!account && { organizationId: me.organization_id }),
			...(days !== '0' && { expiresIn: Number(days) * DAY }),
			...(may === 'read' && { permissions: { '*': ['read'] } }),
			...(may === 'some' && { permissions: scopes }),
			...(may === 'publishable' && { publishable: true }),
			...(from.length && { addresses: from }),
		});
		setAsking({ made: key });
		await keys.refetch();
	};
	const rotate = async (keyId: string, { overlap }: Answers) => {
		const { key } = await tell<{ key: string }>('/api/auth/api-key/rotate', { keyId, overlap: Number(overlap) });
		setAsking({ made: key });
		await keys.refetch();
	};
	const limit = async (id: string, { requests, seconds }: Answers) => {
		await tell('/api/api_keys/limit', { id, requests: Number(requests), seconds: Number(seconds) }, 'PUT');
		close();
		await keys.refetch();
	};
	const bind = async (keyId: string, { addresses }: Answers) => {
		const from = listed(addresses!);
		await tell('/api/auth/api-key/update', { keyId, addresses: from.length ? from : null });
		close();
		await keys.refetch();
	};
	const said = (permissions: Scopes | null) =>
		!permissions
			? translate('profile.all')
			: JSON.stringify(permissions) === '{"*":["read"]}'
				? translate('profile.reads')
				: scopesSaid(permissions) || translate('profile.scopes.nothing');
	const note = ({
		start,
		expiresAt,
		lastRequest,
		permissions,
		addresses,
		previousUntil,
		publishable,
		rateLimitMax,
		rateLimitTimeWindow,
	}: ApiKey) =>
		[
			start && `${start}…`,
			publishable ? translate('profile.publishable') : said(permissions),
			addresses && translate('profile.from', { addresses: addresses.join(', ') }),
			lastRequest ? translate('profile.used', { when: ago(lastRequest) }) : translate('profile.unused'),
			expiresAt &&
				translate(new Date(expiresAt) < new Date() ? 'profile.expired' : 'profile.expires', {
					date: date(expiresAt),
				}),
			(rateLimitMax !== USUAL || rateLimitTimeWindow !== MINUTE) &&
				translate('profile.limited', {
					requests: count(rateLimitMax),
					seconds: count(rateLimitTimeWindow / 1000),
				}),
			previousUntil && translate('profile.previous_until', { date: date(previousUntil) }),
		]
			.filter(Boolean)
			.join(' · ');
	return (
		<Panel
			title={account ? translate('profile.keys_of', { name: account.name }) : translate('profile.keys')}
			lead={account ? undefined : translate('profile.keys_help')}
			action={
				<Button variant="outlined" onClick={begin}>
					{translate('profile.key_make')}
				</Button>
			}
		>
			<QueryResult query={keys} empty={translate('profile.no_keys')}>
				{(all) => (
					<Lines>
						{all.map((key) => (
							<Line
								key={key.id}
								icon={<Key color="action" />}
								title={key.name ?? key.start}
								note={note(key)}
								action={
									<>
										<Switch
											checked={key.enabled}
											disabled={busy}
											onChange={(_, enabled) =>
												act(() =>
													tell('/api/auth/api-key/update', { keyId: key.id, enabled }).then(
														() => keys.refetch(),
													),
												)
											}
											slotProps={{
												input: {
													'aria-label': `${translate('profile.enabled')}: ${key.name ?? key.start}`,
												},
											}}
										/>
										{!key.publishable && (
											<Deed
												does="profile.bind"
												of={key.name ?? key.start}
												onClick={() => setAsking({ bind: key })}
											/>
										)}
										{!key.publishable && (
											<Deed
												does="profile.requests"
												of={key.name ?? key.start}
												onClick={() => setAsking({ log: key })}
											/>
										)}
										{me.administrator && (
											<Deed
												does="profile.limit"
												of={key.name ?? key.start}
												onClick={() => setAsking({ limit: key })}
											/>
										)}
										<Deed
											does="profile.rotate"
											of={key.name ?? key.start}
											onClick={() => setAsking({ rotate: key })}
										/>
										<Deed
											does="ra.action.delete"
											of={key.name ?? key.start}
											color="error"
											onClick={() => setAsking({ remove: key })}
										/>
									</>
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
			{asking === 'new' && (
				<FormDialog
					title={translate('profile.key_make')}
					action={translate('profile.make')}
					submit={make}
					close={close}
				>
					<Ask
						name="name"
						autoFocus
						label={translate('profile.called')}
						helperText={translate('profile.key_name_help')}
						slotProps={{ htmlInput: { maxLength: 32 } }}
					/>
					<Ask
						name="may"
						select
						value={access}
						onChange={({ target }) => setAccess(target.value)}
						label={translate('profile.may')}
					>
						<MenuItem value="read">{translate('profile.reads')}</MenuItem>
						<MenuItem value="all">{translate('profile.all')}</MenuItem>
						<MenuItem value="some">{translate('profile.some')}</MenuItem>
						<MenuItem value="publishable">{translate('profile.publishable')}</MenuItem>
					</Ask>
					{access === 'some' && <KeyScopes scopes={scopes} change={setScopes} />}
					{/* A publishable key cannot be bound to IP addresses, so its input is disabled. */}
					<Ask
						name="addresses"
						required={false}
						label={translate('profile.addresses')}
						helperText={translate('profile.addresses_help')}
					/>
					<Ask name="days" select defaultValue="90" label={translate('profile.ends')}>
						{[30, 90, 365].map((days) => (
							<MenuItem key={days} value={String(days)}>
								{translate('profile.days', { smart_count: days })}
							</MenuItem>
						))}
						<MenuItem value="0">{translate('i18n.never')}</MenuItem>
					</Ask>
				</FormDialog>
			)}
			{typeof asking === 'object' && 'made' in asking && (
				<FormDialog title={translate('profile.key_made')} close={close}>
					<Alert severity="warning">{translate('profile.key_once')}</Alert>
					<Secret text={asking.made} label={translate('profile.key_made')} />
				</FormDialog>
			)}
			{typeof asking === 'object' && 'bind' in asking && (
				<FormDialog
					title={translate('profile.key_bind', { name: asking.bind.name ?? '' })}
					action={translate('ra.action.save')}
					close={close}
					submit={(answers) => bind(asking.bind.id, answers)}
				>
					<Ask
						name="addresses"
						autoFocus
						required={false}
						defaultValue={asking.bind.addresses?.join(', ')}
						label={translate('profile.addresses')}
						helperText={translate('profile.bind_help')}
					/>
				</FormDialog>
			)}
			{typeof asking === 'object' && 'limit' in asking && (
				<FormDialog
					title={translate('profile.limit_of', { name: asking.limit.name ?? '' })}
					action={translate('ra.action.save')}
					close={close}
					submit={(answers) => limit(asking.limit.id, answers)}
				>
					<Ask
						name="requests"
						type="number"
						autoFocus
						defaultValue={asking.limit.rateLimitMax}
						label={translate('profile.requests')}
						slotProps={{ htmlInput: { min: 1 } }}
					/>
					<Ask
						name="seconds"
						type="number"
						defaultValue={Math.ceil(asking.limit.rateLimitTimeWindow / 1000)}
						label={translate('profile.seconds')}
						slotProps={{ htmlInput: { min: 1, max: DAY } }}
					/>
				</FormDialog>
			)}
			{typeof asking === 'object' && 'rotate' in asking && (
				<FormDialog
					title={translate('profile.key_rotate', { name: asking.rotate.name ?? '' })}
					lead={translate('profile.key_rotate_help')}
					action={translate('profile.rotate')}
					close={close}
					submit={(answers) => rotate(asking.rotate.id, answers)}
				>
					<Ask name="overlap" select defaultValue={String(DAY)} label={translate('profile.overlap')}>
						<MenuItem value="0">{translate('profile.at_once')}</MenuItem>
						<MenuItem value={String(DAY)}>{translate('profile.tomorrow')}</MenuItem>
						<MenuItem value={String(7 * DAY)}>{translate('profile.days', { smart_count: 7 })}</MenuItem>
					</Ask>
				</FormDialog>
			)}
			{typeof asking === 'object' && 'log' in asking && (
				<FormDialog
					title={translate('profile.requests_of', { name: asking.log.name ?? '' })}
					lead={translate('profile.requests_help')}
					close={close}
				>
					<FormControlLabel
						label={translate('profile.log_bodies')}
						control={
							<Switch
								defaultChecked={asking.log.logBodies}
								disabled={busy}
								onChange={(_, logBodies) =>
									act(() =>
										tell('/api/auth/api-key/update', { keyId: asking.log.id, logBodies }).then(() =>
											keys.refetch(),
										),
									)
								}
							/>
						}
					/>
					<KeyRequests id={asking.log.id} />
				</FormDialog>
			)}
			{typeof asking === 'object' && 'remove' in asking && (
				<FormDialog
					danger
					title={translate('profile.key_remove', { name: asking.remove.name ?? '' })}
					lead={translate('profile.key_remove_help')}
					action={translate('ra.action.delete')}
					close={close}
					submit={async () => {
						await tell('/api/auth/api-key/delete', { keyId: asking.remove.id });
						close();
						await keys.refetch();
					}}
				/>
			)}
		</Panel>
	);
}

export default function Keys() {
	return (
		<>
			<ApiKeys />
			<AssistantKey />
		</>
	);
}
