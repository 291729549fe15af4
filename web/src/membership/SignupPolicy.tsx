// The setting that allows visitors to join the organization without an invitation, and the address of the sign-up page.
import { useState, type FormEvent } from 'react';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { HttpError, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';
import { useChanged } from '../ui/changed';
import { Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { Secret } from '../ui/Secret';
import { useMe } from '../data/session';
import { organizationsQuery } from '../organization/queries';

interface Policy {
	enabled: boolean;
	tiers: string[];
	activates: boolean;
}

const AT = '/api/signup_policy';
const policyQuery = queryOptions({ queryKey: ['signup_policy'], queryFn: async () => (await send<Policy>(AT)).json });

function Address() {
	const translate = useTranslate();
	const { organization_id } = useMe();
	const { data = [] } = useQuery(organizationsQuery);
	const slug = data.find(({ id }) => id === organization_id)?.slug;
	return (
		slug && (
			<Secret
				label={translate('membership.signup.address')}
				text={`${window.location.origin}/join/${encodeURIComponent(slug)}`}
			/>
		)
	);
}

export default function SignupPolicy() {
	const translate = useTranslate();
	const policy = useQuery(policyQuery);
	const [busy, act] = useAct();
	const [changed, watched, settle] = useChanged();
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
					() => policy.refetch().then(settle),
					(error: HttpError) => {
						setRefused(error.body?.errors?.tiers);
						throw error;
					},
				),
			'profile.saved',
		);
	};
	return (
		<Panel title={translate('membership.signup.title')} lead={translate('membership.signup.help')}>
			<QueryResult query={policy}>
				{(shown) => (
					<Stack key={JSON.stringify(shown)} component="form" onSubmit={save} {...watched} spacing={2}>
						<FormControlLabel
							label={translate('membership.signup.enabled')}
							control={<Switch name="enabled" defaultChecked={shown.enabled} />}
						/>
						<TextField
							id="tiers"
							name="tiers"
							multiline
							minRows={2}
							maxRows={8}
							label={translate('membership.signup.tiers')}
							defaultValue={shown.tiers.join('\n')}
							error={refused !== undefined}
							helperText={refused ?? translate('membership.signup.tiers_help')}
							sx={{ maxWidth: 420 }}
						/>
						<FormControlLabel
							label={translate('membership.signup.activates')}
							control={<Switch name="activates" defaultChecked={shown.activates} />}
						/>
						{shown.enabled ? <Address /> : <Typography>{translate('membership.signup.closed')}</Typography>}
						<Button
							type="submit"
							variant="contained"
							disabled={busy || !changed}
							sx={{ alignSelf: 'flex-start' }}
						>
							{translate('ra.action.save')}
						</Button>
					</Stack>
				)}
			</QueryResult>
		</Panel>
	);
}
