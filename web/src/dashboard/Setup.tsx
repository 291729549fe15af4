// The first steps of a new organization, until they are done or skipped.
import Done from '@mui/icons-material/CheckCircle';
import Open from '@mui/icons-material/RadioButtonUnchecked';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetList, useNotify, useRefresh, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { useAct } from '../data/act';
import { useConfiguration } from '../data/configuration';
import { useCreation } from '../records/create';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { ownZone } from '../i18n/formats';
import { Line, Lines, Panel } from '../ui/Panel';
import { useMe } from '../data/session';
import { useDocument, type Row } from '../organization/document';
import { InviteButton } from '../organization/InviteButton';
import { invitesKey, organizationsQuery, rename } from '../organization/queries';
import { CurrencyInput, ZoneInput } from '../organization/region';
import { removable, removed, sampleOperations, type Ids } from './sample';

/** Returns the state of the first steps, and write(CHANGE), which changes it. */
function useSetup() {
	const [{ data, refetch }, write] = useDocument();
	const setup = data?.config.setup;
	return {
		row: data,
		refetch,
		write,
		setup,
		change: (what: NonNullable<typeof setup>, began = data!) =>
			write(began, { setup: { ...began.config.setup, ...what } }),
	};
}

function Region({ row, close }: { row: Row; close: () => void }) {
	const { organization_id } = useMe();
	const translate = useTranslate();
	const { currency } = useConfiguration();
	const [, write] = useDocument();
	const { data: organizations = [], refetch } = useQuery(organizationsQuery);
	const save = async ({ name, currency, zone }: Answers) => {
		await rename(organization_id, name!);
		await write(row, { currency: currency!.slice(0, 3), setup: row.config.setup ?? {} }, zone);
		await refetch();
		close();
	};
	return (
		<FormDialog
			title={translate('dashboard.setup.region')}
			lead={translate('organization.region_help')}
			action={translate('ra.action.save')}
			submit={save}
			close={close}
		>
			<Ask
				name="name"
				autoFocus
				label={translate('organization.name')}
				slotProps={{ htmlInput: { maxLength: 200 } }}
				defaultValue={organizations.find(({ id }) => id === organization_id)?.name}
			/>
			<CurrencyInput defaultValue={currency} />
			<ZoneInput defaultValue={ownZone()} />
		</FormDialog>
	);
}

function useSample() {
	const me = useMe();
	const translate = useTranslate();
	const configuration = useConfiguration();
	const refresh = useRefresh();
	const notify = useNotify();
	const { ask, tell, bulk } = useDataProvider<Provider>();
	const { setup, change, refetch } = useSetup();
	const fresh = async () => (await refetch()).data!;
	const erase = async (ids: Ids) => {
		for (const resource of removed) {
			const id = ids[resource];
			if (id?.length) await bulk(resource, { filter: { id }, delete: true, max: id.length });
		}
	};
	const [busy, act] = useAct();
	return {
		sample: setup?.sample,
		busy,
		add: () =>
			act(async () => {
				const operations = sampleOperations(translate, me.id, configuration);
				const { results } = await tell<{ results: { data: { id: number } }[] }>('/api/batch', { operations });
				const sample: Ids = {};
				operations.forEach(({ resource }, n) => (sample[resource] ??= []).push(results[n]!.data.id));
				try {
					await change({ sample }, await fresh());
				} catch (error) {
					await erase(sample); // no other data identifies these records
					throw error;
				}
				refresh();
			}, 'dashboard.setup.sample_added'),
		remove: () =>
			act(async () => {
				const sample = setup!.sample!;
				const going = await removable(sample, ask);
				await erase(going);
				await change({ sample: null }, await fresh());
				refresh();
				const all = (ids: Ids) => Object.values(ids).flat().length;
				const kept = all(sample) - all(going);
				notify(kept ? 'dashboard.setup.sample_kept' : 'dashboard.setup.sample_removed', {
					type: kept ? 'info' : 'success',
					messageArgs: { smart_count: kept },
				});
			}),
	};
}

/** Says that the organization has sample data, and offers to remove the data. */
function SampleNotice() {
	const translate = useTranslate();
	const { sample, busy, remove } = useSample();
	return (
		sample && (
			<Alert
				severity="info"
				action={
					<Button color="inherit" size="small" disabled={busy} onClick={remove}>
						{translate('dashboard.setup.remove_sample')}
					</Button>
				}
			>
				{translate('dashboard.setup.sample')}
			</Alert>
		)
	);
}

function Steps({ row, contacts }: { row: Row; contacts: number }) {
	const translate = useTranslate();
	const create = useCreation();
	const { ask } = useDataProvider<Provider>();
	const { setup, change } = useSetup();
	const { busy, add } = useSample();
	const [asking, setAsking] = useState(false);
	const [, act] = useAct();
	const { total: colleagues } = useGetList('sales', {
		filter: { disabled: false },
		pagination: { page: 1, perPage: 1 },
	});
	const { data: invites } = useQuery({ queryKey: invitesKey, queryFn: () => ask<unknown[]>('/api/invites') });
	if (colleagues === undefined || !invites) return null;
	// Records that the user has begun the steps, so that the steps remain visible after the first step is done.
	const begin = () => setup ?? act(() => change({}));
	const steps: [name: string, done: boolean, action: (next: boolean) => ReactNode][] = [
		[
			'region',
			row.config.currency !== undefined,
			(next) => (
				<Button variant={next ? 'contained' : 'text'} onClick={() => setAsking(true)}>
					{translate('dashboard.setup.edit')}
				</Button>
			),
		],
		[
			'data',
			contacts > 0,
			(next) => (
				<>
					<Button
						variant={next ? 'contained' : 'text'}
						component={Link}
						to="/imports/create?resource=contacts"
						onClick={begin}
					>
						{translate('dashboard.setup.import')}
					</Button>
					{contacts === 0 && (
						<Button disabled={busy} onClick={add}>
							{translate('dashboard.setup.add_sample')}
						</Button>
					)}
					{contacts === 0 && (
						<Button
							onClick={() => {
								void begin();
								create('contacts');
							}}
						>
							{translate('dashboard.first_contact')}
						</Button>
					)}
				</>
			),
		],
		[
			'invite',
			colleagues > 1 || invites.length > 0,
			(next) => <InviteButton variant={next ? 'contained' : 'text'} />,
		],
	];
	const left = steps.filter(([, done]) => !done);
	if (left.length === 0) return null;
	const progress = translate('dashboard.setup.progress', { n: steps.length - left.length, of: steps.length });
	return setup?.skipped ? (
		<Box>
			<Button onClick={() => act(() => change({ skipped: false }))}>
				{translate('dashboard.setup.resume')} · {progress}
			</Button>
		</Box>
	) : (
		<Panel
			title={translate('dashboard.setup.title')}
			lead={progress}
			action={
				<Button onClick={() => act(() => change({ skipped: true }))}>
					{translate('dashboard.setup.skip')}
				</Button>
			}
		>
			<Lines>
				{steps.map(([name, done, action]) => (
					<Line
						key={name}
						title={translate(`dashboard.setup.${name}`)}
						note={translate(`dashboard.setup.${name}_help`)}
						icon={
							done ? (
								<Done color="success" titleAccess={translate('dashboard.setup.done')} />
							) : (
								<Open color="action" />
							)
						}
						action={action(left[0]![0] === name)}
					/>
				))}
			</Lines>
			{asking && <Region row={row} close={() => setAsking(false)} />}
		</Panel>
	);
}

export default function Setup({ contacts }: { contacts: number }) {
	const { row } = useSetup();
	return (
		row && (
			<>
				<SampleNotice />
				<Steps row={row} contacts={contacts} />
			</>
		)
	);
}
