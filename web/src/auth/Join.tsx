// A visitor joins an organization step by step: email address, details, code, password. The token is stored for this
// tab, so that the visitor returns to the same step after a reload or a sign-in. The link in the email replaces the
// code, but only after the visitor presses a button, because programs that open links do not press buttons.
import { useEffect, useState } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslate, type HttpError } from 'ra-core';
import { Link as RouterLink, useParams } from 'react-router-dom';
import { secret, signInPath } from '../data/address';
import { send } from '../data/http';
import { QueryError } from '../ui/QueryResult';
import { begin, sessionQuery } from '../data/session';
import { Waiting } from '../ui/Waiting';
import { asked } from '../data/auth';
import { AuthPage } from './AuthPage';
import { Email, Field, Form, NewPassword, type Values } from './Form';
import { WorkButton } from './WorkButton';

interface Joining {
	organization: string;
	email: string;
	entered: Record<string, string>;
	verified: boolean;
	completed: boolean;
	account: boolean | null;
	token?: string;
}

const AT = '/api/signup_sessions';
const DETAILS = [
	['first_name', 'given-name'],
	['last_name', 'family-name'],
	['phone', 'tel'],
	['line1', 'address-line1'],
	['postal_code', 'postal-code'],
	['city', 'address-level2'],
	['country', 'country'],
] as const;
const optional = ['first_name', 'phone', 'line1', 'postal_code', 'city', 'country'];

export default function Join() {
	const translate = useTranslate();
	const { slug = '' } = useParams();
	const kept = `join ${slug}`;
	const [token, setToken] = useState(() => sessionStorage.getItem(kept));
	const [link, setLink] = useState(() => secret('link'));
	const [changing, setChanging] = useState(false);
	const queries = useQueryClient();
	const session = useQuery(sessionQuery);
	const offer = useQuery({
		queryKey: ['join', slug],
		queryFn: async () =>
			(
				await send<{ organization: string; tiers: string[] }>(
					`${AT}/offer?organization=${encodeURIComponent(slug)}`,
				)
			).json,
	});
	const call = async (path: string, body: object = {}, method = 'POST') =>
		(await send<Joining>(AT + path, { method, body: { organization: slug, ...(token && { token }), ...body } }))
			.json;
	const stateKey = ['join', slug, token];
	const { data: state, isLoading } = useQuery({
		queryKey: stateKey,
		enabled: Boolean(token),
		queryFn: () =>
			call('/resume').catch((error: HttpError) => {
				if (error.status !== 404) throw error;
				sessionStorage.removeItem(kept);
				setToken(null);
				return null;
			}),
	});
	const shown = (now: Joining) => queries.setQueryData(stateKey, now);
	// Stores the new token of a response.
	const held = (now: Joining) => {
		queries.setQueryData(['join', slug, now.token], now);
		setToken(now.token ?? null);
	};
	useEffect(() => {
		if (token) sessionStorage.setItem(kept, token);
	}, [kept, token]);

	const start = async ({ email }: Values) => held(await call('', { email }));
	const follow = async () => {
		held(await call('/verify', { link }));
		setLink(null);
	};
	const details = async (values: Values) => {
		shown(
			await call(
				'/entered',
				{
					entered: Object.fromEntries(
						Object.entries(values).map(([name, value]) => [name, value.trim() || null]),
					),
				},
				'PUT',
			),
		);
		setChanging(false);
	};
	const finish = async ({ password }: Values) => {
		await call('/complete', password ? { password } : {});
		sessionStorage.removeItem(kept);
		if (password) await asked((auth) => auth.signIn.email({ email: state!.email, password }));
		begin('/');
	};

	if ((offer.error as HttpError | null)?.status === 404)
		return (
			<AuthPage title={translate('auth.sign_up')}>
				<Alert severity="warning">{translate('auth.join_closed')}</Alert>
			</AuthPage>
		);
	if (offer.error)
		return (
			<AuthPage title={translate('auth.sign_up')}>
				<QueryError error={offer.error} again={offer.refetch} />
			</AuthPage>
		);
	if (!offer.data || isLoading) return <Waiting />;
	const { organization, tiers } = offer.data;
	const title = translate('auth.join', { organization });
	if (link)
		return (
			<AuthPage title={title} lead={translate('auth.join_link')}>
				<Form key="link" action={translate('auth.proceed')} submit={follow}>
					{null}
				</Form>
				<Button fullWidth sx={{ mt: 1 }} onClick={() => setLink(null)}>
					{translate('auth.join_anew')}
				</Button>
			</AuthPage>
		);
	if (!state)
		return (
			<AuthPage title={title} lead={translate('auth.join_help')}>
				<Form action={translate('auth.proceed')} submit={start}>
					<Email autoComplete="email" autoFocus />
				</Form>
			</AuthPage>
		);
	const { entered, email } = state;
	if (state.completed)
		return (
			<AuthPage title={title} lead={translate('auth.join_done', { organization })}>
				<Button fullWidth variant="contained" component={RouterLink} to="/sign-in">
					{translate('auth.sign_in')}
				</Button>
			</AuthPage>
		);
	if (changing || !entered.last_name || !entered.tier)
		return (
			<AuthPage title={title} lead={email}>
				<Form key="details" action={translate('auth.proceed')} submit={details}>
					<TextField
						id="tier"
						name="tier"
						label={translate('auth.tier')}
						required
						size="medium"
						select
						defaultValue={entered.tier ?? (tiers.length === 1 ? tiers[0] : '')}
					>
						{tiers.map((tier) => (
							<MenuItem key={tier} value={tier}>
								{tier}
							</MenuItem>
						))}
					</TextField>
					{DETAILS.map(([name, autoComplete]) => (
						<Field
							key={name}
							name={name}
							autoComplete={autoComplete}
							required={!optional.includes(name)}
							defaultValue={entered[name] ?? ''}
							{...(name === 'country' && {
								helperText: translate('auth.country_help'),
								slotProps: { input: { pattern: '[A-Z]{2}' } },
							})}
						/>
					))}
				</Form>
			</AuthPage>
		);
	const change = (
		<Button fullWidth sx={{ mt: 1 }} onClick={() => setChanging(true)}>
			{translate('auth.join_change')}
		</Button>
	);
	if (!state.verified)
		return (
			<AuthPage title={title} lead={translate('auth.join_code', { email })}>
				<Form
					key="code"
					action={translate('auth.confirm')}
					submit={async ({ code = '' }) => held(await call('/verify', { code: code.replace(/\s/g, '') }))}
				>
					<Field
						name="code"
						autoFocus
						autoComplete="one-time-code"
						slotProps={{ input: { inputMode: 'numeric' } }}
					/>
				</Form>
				<WorkButton fullWidth sx={{ mt: 1 }} work={() => call('/code').then(shown)}>
					{translate('auth.join_again')}
				</WorkButton>
				{change}
			</AuthPage>
		);
	if (state.account && session.data?.user.email !== email)
		return (
			<AuthPage title={title} lead={translate('auth.join_account', { email })}>
				<Button fullWidth variant="contained" component={RouterLink} to={signInPath(`/join/${slug}`, false)}>
					{translate('auth.sign_in')}
				</Button>
				{change}
			</AuthPage>
		);
	return (
		<AuthPage title={title} lead={state.account ? email : translate('auth.join_password')}>
			<Form key="finish" action={title} submit={finish}>
				{!state.account && <NewPassword />}
			</Form>
			{change}
		</AuthPage>
	);
}
