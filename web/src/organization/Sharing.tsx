// Shares the current record with a member or a team, or ends one of its shares.
import { useState } from 'react';
import Icon from '@mui/icons-material/PersonAddAltOutlined';
import Autocomplete from '@mui/material/Autocomplete';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'react-admin';
import {
	useDataProvider,
	useNotify,
	useRecordContext,
	useResourceContext,
	useTranslate,
	type Identifier,
} from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { dayBounds } from '../i18n/formats';
import { useFormats } from '../data/useFormats';
import { Deed, Line, Lines } from '../ui/Panel';
import { useMay } from '../data/permissions';
import { QueryResult } from '../ui/QueryResult';
import { useMe } from '../data/session';

interface Share {
	id: number;
	user_id: string | null;
	team_id: string | null;
	access: 'read' | 'write';
	expires_at: string | null;
}

interface Recipient {
	id: string;
	name: string;
	kind: 'user_id' | 'team_id';
	note: string;
}

const MOST = 1000;
/** maximum number of IDs in a URL */
const MOST_NAMES = 100;

interface Member {
	userId: string;
	user: { name: string; email: string };
}

/** Returns the organization's teams and members, at most the first thousand. */
function useRecipients() {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	return useQuery({
		queryKey: ['recipients'],
		queryFn: async (): Promise<Recipient[]> => {
			const [{ members }, teams] = await Promise.all([
				ask<{ members: Member[] }>('/api/auth/organization/list-members', { limit: MOST }),
				ask<{ id: string; name: string }[]>('/api/auth/organization/list-teams'),
			]);
			return [
				...teams.map(({ id, name }) => ({
					id,
					name,
					kind: 'team_id' as const,
					note: translate('organization.sharing.team'),
				})),
				...members.map(({ userId: id, user: { name, email } }) => ({
					id,
					name,
					kind: 'user_id' as const,
					note: email,
				})),
			];
		},
	});
}

/**
 * Returns nameOf(SHARE), which returns the name of the recipient of a share, even if the recipient is not in the
 * list.
 */
function useNameOf(shares: Share[], listed: Recipient[] | undefined) {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const missing = listed
		? shares
				.flatMap(({ user_id }) => (user_id && !listed.some(({ id }) => id === user_id) ? [user_id] : []))
				.slice(0, MOST_NAMES)
		: [];
	const { data: others, isLoading } = useQuery({
		queryKey: ['recipients', missing],
		enabled: missing.length > 0,
		queryFn: async () =>
			(
				await ask<{ members: Member[] }>('/api/auth/organization/list-members', {
					filterField: 'userId',
					filterOperator: 'in',
					filterValue: missing.join(','),
				})
			).members,
	});
	return ({ user_id, team_id }: Share): string =>
		listed?.find(({ id }) => id === (user_id ?? team_id))?.name ??
		others?.find(({ userId }) => userId === user_id)?.user.name ??
		(!listed || isLoading ? '…' : translate(team_id ? 'organization.sharing.team' : 'i18n.someone'));
}

function SharingDialog({ resource, id, close }: { resource: string; id: Identifier; close: () => void }) {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const notify = useNotify();
	const me = useMe();
	const { date } = useFormats();
	const [busy, act] = useAct();
	const [to, choose] = useState<Recipient | null>(null);
	const { data: listed, isLoading } = useRecipients();
	const recipients = listed ?? [];
	const shares = useQuery({
		queryKey: ['shares', resource, id],
		staleTime: 0,
		queryFn: () => ask<Share[]>('/api/shares', { filter: { resource, row_id: id }, range: [0, MOST - 1] }),
	});
	const has = ({ kind, id: recipient }: Recipient) => shares.data?.some((share) => share[kind] === recipient);
	const nameOf = useNameOf(shares.data ?? [], listed);
	const share = async ({ access, until }: Answers) => {
		await tell('/api/shares', {
			resource,
			row_id: id,
			[to!.kind]: to!.id,
			access,
			expires_at: until ? dayBounds(until)[1] : null,
		});
		choose(null);
		notify('organization.sharing.done', { type: 'success' });
		await shares.refetch();
	};
	return (
		<FormDialog
			title={translate('organization.sharing.title')}
			lead={translate('organization.sharing.help')}
			action={translate('organization.sharing.share')}
			submit={share}
			close={close}
		>
			<QueryResult query={shares} empty={translate('organization.sharing.none')}>
				{(all) => (
					<Lines>
						{all.map((one) => (
							<Line
								key={one.id}
								title={nameOf(one)}
								note={[
									translate(`organization.sharing.${one.access}`),
									one.expires_at &&
										translate('organization.portal.until', {
											date: date(Date.parse(one.expires_at) - 1),
										}),
								]
									.filter(Boolean)
									.join(' · ')}
								action={
									<Deed
										does="organization.sharing.end"
										of={nameOf(one)}
										color="error"
										disabled={busy}
										onClick={() =>
											act(
												() =>
													tell(`/api/shares/${one.id}`, undefined, 'DELETE').then(() =>
														shares.refetch(),
													),
												'organization.sharing.ended',
											)
										}
									/>
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
			<Autocomplete
				value={to}
				onChange={(_, one) => choose(one)}
				loading={isLoading}
				getOptionKey={(one) => one.id}
				options={recipients.filter((one) => one.id !== me.user_id && !has(one))}
				getOptionLabel={({ name, note }) => `${name} (${note})`}
				renderInput={(props) => (
					<TextField {...props} required label={translate('organization.sharing.with')} />
				)}
			/>
			<Ask name="access" select label={translate('organization.sharing.access')} defaultValue="read">
				{['read', 'write'].map((one) => (
					<MenuItem key={one} value={one}>
						{translate(`organization.sharing.${one}`)}
					</MenuItem>
				))}
			</Ask>
			<Ask
				name="until"
				type="date"
				required={false}
				label={translate('organization.sharing.until')}
				slotProps={{ inputLabel: { shrink: true } }}
			/>
		</FormDialog>
	);
}

/** The button that opens the dialog, for users whose roles permit changes to the resource. */
export function ShareButton() {
	const record = useRecordContext();
	const resource = useResourceContext()!;
	const may = useMay(resource, 'update');
	const [open, setOpen] = useState(false);
	return (
		may &&
		record && (
			<>
				<Button label="organization.sharing.share" aria-haspopup="dialog" onClick={() => setOpen(true)}>
					<Icon />
				</Button>
				{open && <SharingDialog resource={resource} id={record.id} close={() => setOpen(false)} />}
			</>
		)
	);
}
