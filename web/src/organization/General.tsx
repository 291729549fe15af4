// The organization's name, currency, time zone and treatment of duplicates, and a button to leave the organization.
import { Suspense, useState, type FormEvent } from 'react';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import { useConfiguration } from '../data/configuration';
import { useAreas } from '../records/area';
import { useChanged } from '../ui/changed';
import { FormDialog } from '../ui/FormDialog';
import { Panel } from '../ui/Panel';
import { begin, useMe } from '../data/session';
import { AssistantKey } from '../assistant/Key';
import { asked } from '../data/auth';
import { CurrencyInput, ZoneInput } from './region';
import { organizationsQuery, rename } from './queries';
import { Sandbox } from './Sandbox';
import { StaffPolicy } from './StaffPolicy';
import { Usage } from './Usage';
import { uniqueness, useDocument, type Uniqueness } from './document';

function Name() {
	const me = useMe();
	const translate = useTranslate();
	const organizations = useQuery(organizationsQuery);
	const [busy, act] = useAct();
	const [changed, watched, settle] = useChanged();
	const save = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const name = new FormData(event.currentTarget).get('name') as string;
		void act(
			() =>
				rename(me.organization_id, name)
					.then(() => organizations.refetch())
					.then(settle),
			'profile.saved',
		);
	};
	return (
		<Panel title={translate('organization.name')}>
			<QueryResult query={organizations}>
				{(all) => (
					<Stack
						component="form"
						onSubmit={save}
						{...watched}
						direction={{ xs: 'column', sm: 'row' }}
						spacing={2}
					>
						<TextField
							id="name"
							name="name"
							required
							label={translate('organization.name')}
							sx={{ maxWidth: 420 }}
							defaultValue={all.find(({ id }) => id === me.organization_id)?.name}
							slotProps={{ htmlInput: { maxLength: 200 } }}
						/>
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

function Region() {
	const translate = useTranslate();
	const { currency, timeZone } = useConfiguration();
	const [query, write] = useDocument();
	const [busy, act] = useAct();
	const [chosen, choose] = useState<{ currency?: string; zone?: string }>({});
	const save = (event: FormEvent) => {
		event.preventDefault();
		void act(
			() =>
				write(query.data!, { currency: chosen.currency ?? currency }, chosen.zone ?? timeZone).then(() =>
					choose({}),
				),
			'profile.saved',
		);
	};
	return (
		<Panel title={translate('organization.region')} lead={translate('organization.region_help')}>
			<QueryResult query={query}>
				{() => (
					<Stack component="form" onSubmit={save} direction={{ xs: 'column', sm: 'row' }} spacing={2}>
						<CurrencyInput
							value={chosen.currency ?? currency}
							onChange={(_, code) => choose({ ...chosen, currency: code })}
						/>
						<ZoneInput
							value={chosen.zone ?? timeZone}
							onChange={(_, zone) => choose({ ...chosen, zone })}
						/>
						<Button
							type="submit"
							variant="contained"
							disabled={busy || !(chosen.currency || chosen.zone)}
							sx={{ alignSelf: 'flex-start', flexShrink: 0 }}
						>
							{translate('ra.action.save')}
						</Button>
					</Stack>
				)}
			</QueryResult>
		</Panel>
	);
}

const uniquenessKeys = ['uniqueContactEmails', 'uniqueCompanyNames', 'uniqueCompanyDomains'] as const;

function Duplicates() {
	const translate = useTranslate();
	const [query, write] = useDocument();
	const [busy, act] = useAct();
	const [chosen, choose] = useState<Partial<Record<(typeof uniquenessKeys)[number], Uniqueness>>>({});
	const save = (event: FormEvent) => {
		event.preventDefault();
		void act(() => write(query.data!, chosen).then(() => choose({})), 'profile.saved');
	};
	return (
		<Panel title={translate('organization.duplicates')} lead={translate('organization.duplicates_help')}>
			<QueryResult query={query}>
				{({ config }) => (
					<Stack component="form" onSubmit={save} direction={{ xs: 'column', sm: 'row' }} spacing={2}>
						{uniquenessKeys.map((name) => (
							<TextField
								key={name}
								id={name}
								select
								fullWidth
								label={translate(`organization.${name}`)}
								value={chosen[name] ?? config[name] ?? 'allow'}
								onChange={({ target }) => choose({ ...chosen, [name]: target.value as Uniqueness })}
							>
								{uniqueness.map((one) => (
									<MenuItem key={one} value={one}>
										{translate(`organization.uniqueness.${one}`)}
									</MenuItem>
								))}
							</TextField>
						))}
						<Button
							type="submit"
							variant="contained"
							disabled={busy || !Object.keys(chosen).length}
							sx={{ alignSelf: 'flex-start', flexShrink: 0 }}
						>
							{translate('ra.action.save')}
						</Button>
					</Stack>
				)}
			</QueryResult>
		</Panel>
	);
}

export function Leave() {
	const me = useMe();
	const translate = useTranslate();
	const [open, setOpen] = useState(false);
	return (
		<Panel
			title={translate('organization.leave')}
			lead={translate('organization.leave_help')}
			action={
				<Button variant="outlined" color="error" onClick={() => setOpen(true)}>
					{translate('organization.leave')}
				</Button>
			}
		>
			{open && (
				<FormDialog
					danger
					title={translate('organization.leave')}
					lead={translate('organization.leave_sure')}
					action={translate('organization.leave')}
					close={() => setOpen(false)}
					submit={async () => {
						await asked((auth) => auth.organization.leave({ organizationId: me.organization_id }));
						begin('/');
					}}
				/>
			)}
		</Panel>
	);
}

export default function General() {
	const added = useAreas().flatMap(({ general }) => general ?? []);
	return (
		<>
			<Name />
			<Region />
			<Duplicates />
			<StaffPolicy />
			<Usage />
			{added.map(({ Panel: Added, title }) => (
				<Suspense key={title}>
					<Added />
				</Suspense>
			))}
			<AssistantKey shared />
			<Sandbox />
			<Leave />
		</>
	);
}
