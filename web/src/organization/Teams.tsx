// The organization's teams as a tree, and the members of each team.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Closed from '@mui/icons-material/ChevronRight';
import Open from '@mui/icons-material/ExpandMore';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useGetList, useNotify, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { RowChoice, type Person } from '../records/RowChoice';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { Face, fullName } from '../records/People';
import { QueryResult } from '../ui/QueryResult';
import { useGranted } from './roles';

const AT = '/api/auth/organization';
const MOST = 1000; // maximum number of members that are shown per team

interface Team {
	id: string;
	name: string;
	parentId: string | null;
}

const below = (teams: Team[], parentId: string | null) =>
	teams.filter((one) => one.parentId === parentId).sort((a, b) => a.name.localeCompare(b.name));

/** Returns the path of a team: the teams above and the team itself. */
function path(teams: Team[], team: Team): string {
	const above = teams.find(({ id }) => id === team.parentId);
	return above ? `${path(teams, above)} › ${team.name}` : team.name;
}

const isWithin = (teams: Team[], team: Team, id: string): boolean =>
	team.id === id || teams.some((above) => above.id === team.parentId && isWithin(teams, above, id));

function useTeams() {
	const { ask } = useDataProvider<Provider>();
	return useQuery({ queryKey: ['teams'], queryFn: () => ask<Team[]>(`${AT}/list-teams`) });
}

function TeamDialog({ team, teams, close }: { team?: Team; teams: Team[]; close: () => void }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const notify = useNotify();
	const { refetch } = useTeams();
	const save = async ({ name, parent }: Answers) => {
		const data = { name, parentId: parent || null };
		await (team ? tell(`${AT}/update-team`, { teamId: team.id, data }) : tell(`${AT}/create-team`, data));
		close();
		notify('profile.saved', { type: 'success' });
		await refetch();
	};
	return (
		<FormDialog
			title={team ? team.name : translate('organization.team_make')}
			action={translate('ra.action.save')}
			submit={save}
			close={close}
		>
			<Ask
				name="name"
				autoFocus
				label={translate('profile.called')}
				defaultValue={team?.name}
				slotProps={{ htmlInput: { maxLength: 200 } }}
			/>
			<Ask
				name="parent"
				select
				required={false}
				label={translate('organization.team_above')}
				defaultValue={team?.parentId ?? ''}
				slotProps={{ inputLabel: { shrink: true }, select: { displayEmpty: true } }}
			>
				<MenuItem value="">{translate('organization.team_top')}</MenuItem>
				{teams
					.filter((one) => !team || !isWithin(teams, one, team.id))
					.map((one) => ({ id: one.id, name: path(teams, one) }))
					.sort((a, b) => a.name.localeCompare(b.name))
					.map(({ id, name }) => (
						<MenuItem key={id} value={id}>
							{name}
						</MenuItem>
					))}
			</Ask>
		</FormDialog>
	);
}

function RemoveDialog({ team, teams, close }: { team: Team; teams: Team[]; close: () => void }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const notify = useNotify();
	const { refetch } = useTeams();
	const orphans = below(teams, team.id)
		.map(({ name }) => name)
		.join(', ');
	const above = teams.find(({ id }) => id === team.parentId);
	return (
		<FormDialog
			danger
			title={translate('organization.team_remove', { name: team.name })}
			close={close}
			lead={[
				translate('organization.team_remove_help'),
				orphans &&
					translate(above ? 'organization.team_remove_below' : 'organization.team_remove_top', {
						names: orphans,
						above: above?.name,
					}),
			]
				.filter(Boolean)
				.join(' ')}
			action={translate('ra.action.delete')}
			submit={async () => {
				await tell(`${AT}/remove-team`, { teamId: team.id });
				close();
				notify('organization.team_removed', { type: 'success' });
				await refetch();
			}}
		/>
	);
}

function AddDialog({ team, added, close }: { team: Team; added: () => Promise<unknown>; close: () => void }) {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const [person, choose] = useState<Person | null>(null);
	return (
		<FormDialog
			title={translate('organization.team_add', { name: team.name })}
			action={translate('ra.action.add')}
			close={close}
			submit={async () => {
				await tell(`${AT}/add-team-member`, { teamId: team.id, userId: person!.user_id });
				await added();
				close();
			}}
		>
			<RowChoice
				among="sales"
				autoFocus
				label={translate('organization.member')}
				value={person}
				choose={choose}
			/>
		</FormDialog>
	);
}

function TeamMembers({ team }: { team: Team }) {
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const granted = useGranted();
	const [adding, setAdding] = useState(false);
	const [busy, act] = useAct();
	const members = useQuery({
		queryKey: ['team_members', team.id],
		queryFn: () => ask<{ userId: string }[]>(`${AT}/list-team-members`, { teamId: team.id }),
	});
	const people = useGetList<Person>(
		'sales',
		{
			filter: { user_id: members.data?.map(({ userId }) => userId) },
			sort: { field: 'last_name', order: 'ASC' },
			pagination: { page: 1, perPage: MOST },
		},
		{ enabled: Boolean(members.data?.length) },
	);
	const shown = members.data?.length === 0 ? [] : people.data;
	return (
		<Box sx={{ pl: { xs: 2, sm: 4 }, pb: 1 }}>
			<QueryResult
				query={{ ...members, error: members.error ?? people.error, data: shown }}
				empty={translate('organization.team_empty')}
			>
				{(all) => (
					<Lines>
						{all.map((person) => (
							<Line
								key={person.id}
								icon={<Face name={fullName(person)} file={person.avatar} size={28} />}
								title={fullName(person)}
								action={
									granted('member', 'delete') && (
										<Deed
											does="organization.team_take_out"
											of={fullName(person)}
											color="error"
											disabled={busy}
											onClick={() =>
												act(
													() =>
														tell(`${AT}/remove-team-member`, {
															teamId: team.id,
															userId: person.user_id,
														}).then(() => members.refetch()),
													'organization.team_taken_out',
												)
											}
										/>
									)
								}
							/>
						))}
					</Lines>
				)}
			</QueryResult>
			{granted('member', 'update') && (
				<Button size="small" startIcon={<Add />} onClick={() => setAdding(true)}>
					{translate('organization.team_add_member')}
				</Button>
			)}
			{adding && <AddDialog team={team} added={members.refetch} close={() => setAdding(false)} />}
		</Box>
	);
}

interface Shared {
	teams: Team[];
	/** The IDs of the user's teams, whose members are shown. */
	mine: string[];
	ask: (asking: { edit: Team } | { remove: Team }) => void;
}

function Branch({ parentId, ...shared }: Shared & { parentId: string | null }) {
	const teams = below(shared.teams, parentId);
	return (
		teams.length > 0 && (
			<Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, ...(parentId && { pl: { xs: 1.5, sm: 3 } }) }}>
				{teams.map((team) => (
					<TeamItem key={team.id} team={team} {...shared} />
				))}
			</Box>
		)
	);
}

function TeamItem({ team, ...shared }: Shared & { team: Team }) {
	const granted = useGranted();
	const [open, setOpen] = useState(false);
	const shows = granted('member', 'update') || shared.mine.includes(team.id);
	return (
		<Box component="li">
			<Stack
				direction="row"
				useFlexGap
				sx={{ alignItems: 'center', flexWrap: 'wrap', py: 0.5, borderTop: 1, borderColor: 'divider' }}
			>
				<Box sx={{ flex: '1 1 96px', minWidth: 0 }}>
					{shows ? (
						<Button
							color="inherit"
							aria-expanded={open}
							startIcon={open ? <Open /> : <Closed />}
							onClick={() => setOpen(!open)}
							sx={{ textAlign: 'left', overflowWrap: 'anywhere' }}
						>
							{team.name}
						</Button>
					) : (
						<Typography sx={{ fontWeight: 500, py: 0.75, px: 1, overflowWrap: 'anywhere' }}>
							{team.name}
						</Typography>
					)}
				</Box>
				<Box sx={{ ml: 'auto' }}>
					{granted('team', 'update') && (
						<Deed does="ra.action.edit" of={team.name} onClick={() => shared.ask({ edit: team })} />
					)}
					{granted('team', 'delete') && (
						<Deed
							does="ra.action.delete"
							of={team.name}
							color="error"
							onClick={() => shared.ask({ remove: team })}
						/>
					)}
				</Box>
			</Stack>
			{open && <TeamMembers team={team} />}
			<Branch {...shared} parentId={team.id} />
		</Box>
	);
}

export default function Teams() {
	const { ask } = useDataProvider<Provider>();
	const translate = useTranslate();
	const granted = useGranted();
	const teams = useTeams();
	const { data: mine = [] } = useQuery({
		queryKey: ['teams', 'mine'],
		queryFn: () => ask<Team[]>(`${AT}/list-user-teams`),
	});
	const [asking, setAsking] = useState<'new' | { edit: Team } | { remove: Team }>();
	const close = () => setAsking(undefined);
	return (
		<Panel
			title={translate('organization.parts.teams')}
			lead={translate('organization.teams_help')}
			action={
				granted('team', 'create') && (
					<Button variant="outlined" startIcon={<Add />} onClick={() => setAsking('new')}>
						{translate('organization.team_make')}
					</Button>
				)
			}
		>
			<QueryResult query={teams} empty={translate('organization.no_teams')}>
				{(all) => <Branch teams={all} parentId={null} ask={setAsking} mine={mine.map(({ id }) => id)} />}
			</QueryResult>
			{asking &&
				teams.data &&
				(typeof asking === 'object' && 'remove' in asking ? (
					<RemoveDialog team={asking.remove} teams={teams.data} close={close} />
				) : (
					<TeamDialog team={asking === 'new' ? undefined : asking.edit} teams={teams.data} close={close} />
				))}
		</Panel>
	);
}
