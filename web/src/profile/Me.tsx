// The user's name, picture and email address, and the language of this browser.
import { useState, type FormEvent, type ReactNode } from 'react';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useLocale, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { useFormats } from '../data/useFormats';
import { changeLanguage, locales, type Locale } from '../i18n/i18n';
import { useChanged } from '../ui/changed';
import { Panel } from '../ui/Panel';
import { fullName } from '../records/People';
import { meQuery, useMe } from '../data/session';
import { asked } from '../data/auth';
import { LinkNotice } from '../auth/LinkNotice';
import { Picture } from './Picture';

function NameForm({
	lead,
	save,
	children,
}: {
	lead?: string;
	save: (names: Record<string, string>) => Promise<unknown>;
	children: ReactNode;
}) {
	const queries = useQueryClient();
	const translate = useTranslate();
	const [busy, act] = useAct();
	const [changed, watched, settle] = useChanged();
	const onSubmit = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const names = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
		void act(
			() =>
				save(names)
					.then(() => queries.invalidateQueries({ queryKey: meQuery.queryKey }))
					.then(settle),
			'profile.saved',
		);
	};
	return (
		<Panel title={translate('profile.name')} lead={lead}>
			<Stack component="form" onSubmit={onSubmit} {...watched} spacing={2} sx={{ alignItems: 'flex-start' }}>
				{children}
				<Button type="submit" variant="contained" disabled={busy || !changed}>
					{translate('ra.action.save')}
				</Button>
			</Stack>
		</Panel>
	);
}

function Name() {
	const me = useMe();
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	return (
		<NameForm lead={translate('profile.name_help')} save={(names) => tell(`/api/sales/${me.id}`, names, 'PATCH')}>
			<Stack direction={{ xs: 'column', sm: 'row' }} spacing={2} sx={{ width: '100%' }}>
				<TextField
					id="first_name"
					name="first_name"
					required
					defaultValue={me.first_name}
					autoComplete="given-name"
					label={translate('auth.first_name')}
				/>
				<TextField
					id="last_name"
					name="last_name"
					required
					defaultValue={me.last_name}
					autoComplete="family-name"
					label={translate('auth.last_name')}
				/>
			</Stack>
		</NameForm>
	);
}

/** The input for the name of the account, for portal users, who have no row in sales. */
function AccountName() {
	const me = useMe();
	const translate = useTranslate();
	return (
		<NameForm save={({ name }) => asked((auth) => auth.updateUser({ name }))}>
			<TextField
				id="name"
				name="name"
				required
				defaultValue={fullName(me)}
				autoComplete="name"
				label={translate('profile.called')}
				sx={{ maxWidth: 420 }}
			/>
		</NameForm>
	);
}

function Address() {
	const me = useMe();
	const translate = useTranslate();
	const [busy, act] = useAct();
	const [changed, watched] = useChanged();
	const change = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const newEmail = new FormData(event.currentTarget).get('email') as string;
		void act(
			() =>
				asked((auth) =>
					auth.changeEmail({
						newEmail,
						callbackURL: `/profile?${new URLSearchParams({ changing: newEmail })}`,
					}),
				),
			'profile.address_mailed',
		);
	};
	return (
		<Panel title={translate('profile.address')} lead={translate('profile.address_help')}>
			<Stack component="form" onSubmit={change} {...watched} direction={{ xs: 'column', sm: 'row' }} spacing={2}>
				<TextField
					id="email"
					name="email"
					type="email"
					required
					defaultValue={me.email}
					autoComplete="email"
					label={translate('auth.email')}
					sx={{ maxWidth: 420 }}
				/>
				<Button type="submit" variant="outlined" disabled={busy || !changed} sx={{ alignSelf: 'flex-start' }}>
					{translate('profile.change')}
				</Button>
			</Stack>
		</Panel>
	);
}

function Language() {
	const translate = useTranslate();
	const locale = useLocale();
	const { dateTime } = useFormats();
	const [now] = useState(Date.now);
	return (
		<Panel title={translate('profile.browser')} lead={translate('profile.browser_help')}>
			<Stack direction={{ xs: 'column', sm: 'row' }} spacing={2} sx={{ alignItems: { sm: 'center' } }}>
				<TextField
					id="language"
					select
					value={locale}
					label={translate('i18n.language')}
					sx={{ maxWidth: 220 }}
					onChange={(event) => changeLanguage(event.target.value as Locale)}
				>
					{locales.map((one) => (
						<MenuItem key={one.locale} value={one.locale}>
							{one.name}
						</MenuItem>
					))}
				</TextField>
				<Typography color="textSecondary">
					{translate('profile.zone', {
						zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
						now: dateTime(now),
					})}
				</Typography>
			</Stack>
		</Panel>
	);
}

export function Me() {
	const { email, portal } = useMe();
	return (
		<>
			<LinkNotice address={email} />
			{portal ? (
				<AccountName />
			) : (
				<>
					<Name />
					<Picture />
				</>
			)}
			<Address />
			<Language />
		</>
	);
}
