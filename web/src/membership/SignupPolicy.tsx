// Whether visitors join the organization without an invitation, with the address of the page on which they do.
import { useState, type FormEvent } from 'react';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { HttpError, useLocale, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';
import type { Locale } from '../i18n/i18n';
import { Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { Secret } from '../ui/Secret';
import { useMe } from '../data/session';
import { organizationsQuery } from '../organization/queries';

const words = {
	en: {
		title: 'Sign-up of members',
		help: 'Visitors join at the address below, without an invitation. A code by mail proves their email.',
		enabled: 'Visitors can join',
		tiers: 'Tiers',
		tiers_help: 'One per line. A visitor chooses one.',
		activates: 'Memberships are active at once, not pending',
		address: 'Address to join',
		closed: 'Nobody can join at the moment.',
	},
	fr: {
		title: 'Inscription des membres',
		help: 'Les visiteurs adhèrent eux-mêmes à l’adresse ci-dessous. Un code par e-mail prouve leur adresse.',
		enabled: 'Les visiteurs peuvent adhérer',
		tiers: 'Formules',
		tiers_help: 'Une par ligne. Un visiteur en choisit une.',
		activates: 'Les adhésions sont actives aussitôt, sans attente',
		address: 'Adresse d’inscription',
		closed: 'Personne ne peut adhérer en ce moment.',
	},
} satisfies Record<Locale, Record<string, string>>;

interface Policy {
	enabled: boolean;
	tiers: string[];
	activates: boolean;
}

const AT = '/api/signup_policy';
const policyQuery = queryOptions({ queryKey: ['signup_policy'], queryFn: async () => (await send<Policy>(AT)).json });

function Address() {
	const say = words[useLocale() as Locale];
	const { organization_id } = useMe();
	const { data = [] } = useQuery(organizationsQuery);
	const slug = data.find(({ id }) => id === organization_id)?.slug;
	return slug && <Secret label={say.address} text={`${window.location.origin}/join/${encodeURIComponent(slug)}`} />;
}

export default function SignupPolicy() {
	const translate = useTranslate();
	const say = words[useLocale() as Locale];
	const policy = useQuery(policyQuery);
	const [busy, act] = useAct();
	const [refused, setRefused] = useState<string>();
	const save = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const tiers = (form.get('tiers') as string)
			.split('\n')
			.map((tier) => tier.trim())
			.filter(Boolean);
		setRefused(undefined);
		void act(
			() =>
				send(AT, {
					method: 'PUT',
					body: { enabled: form.has('enabled'), tiers, activates: form.has('activates') },
				}).then(
					() => policy.refetch(),
					(error: HttpError) => {
						setRefused(error.body?.errors?.tiers);
						throw error;
					},
				),
			'profile.saved',
		);
	};
	return (
		<Panel title={say.title} lead={say.help}>
			<QueryResult query={policy}>
				{(shown) => (
					<Stack key={JSON.stringify(shown)} component="form" onSubmit={save} spacing={2}>
						<FormControlLabel
							label={say.enabled}
							control={<Switch name="enabled" defaultChecked={shown.enabled} />}
						/>
						<TextField
							id="tiers"
							name="tiers"
							multiline
							minRows={2}
							maxRows={8}
							label={say.tiers}
							defaultValue={shown.tiers.join('\n')}
							error={refused !== undefined}
							helperText={refused ?? say.tiers_help}
							sx={{ maxWidth: 420 }}
						/>
						<FormControlLabel
							label={say.activates}
							control={<Switch name="activates" defaultChecked={shown.activates} />}
						/>
						{shown.enabled ? <Address /> : <Typography>{say.closed}</Typography>}
						<Button type="submit" variant="contained" disabled={busy} sx={{ alignSelf: 'flex-start' }}>
							{translate('ra.action.save')}
						</Button>
					</Stack>
				)}
			</QueryResult>
		</Panel>
	);
}
