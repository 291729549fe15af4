// All users on the server, in any organization.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDebouncedEvent } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { Ask, FormDialog, type Answers } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Pagination } from '../ui/Pagination';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { Face } from '../records/People';
import { begin, useMe } from '../data/session';

interface User {
	id: string;
	name: string;
	email: string;
	emailVerified: boolean;
	role: string | null;
	banned: boolean | null;
	banReason?: string | null;
	banExpires?: string | null;
	createdAt: string;
}

const PAGE = 25;
const DAY = 86_400;

export function Users() {
	const me = useMe();
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { date, dateTime } = useFormats();
	const [page, setPage] = useState(0);
	const [wanted, setWanted] = useState('');
	const search = useDebouncedEvent((event: { target: { value: string } }) => {
		setWanted(event.target.value);
		setPage(0);
	}, 300);
	const [asking, setAsking] = useState<{ ban: User } | { act: User }>();
	const [busy, act] = useAct();
	const users = useQuery({
		queryKey: ['users', page, wanted],
		placeholderData: keepPreviousData,
		queryFn: () =>
			ask<{ users: User[]; total: number }>('/api/auth/admin/list-users', {
				limit: PAGE,
				offset: page * PAGE,
				sortBy: 'createdAt',
				sortDirection: 'desc',
				...(wanted && { searchValue: wanted, searchField: 'email', searchOperator: 'contains' }),
			}),
	});
	const about = (user: User, route: string, body: object = {}) =>
		tell(`/api/auth/admin/${route}`, { userId: user.id, ...body }).then(() => users.refetch());
	const ban = async (user: User, { reason, days }: Answers) => {
		await about(user, 'ban-user', {
			...(reason && { banReason: reason }),
			...(days !== '0' && { banExpiresIn: Number(days) * DAY }),
		});
		setAsking(undefined);
	};
	const note = (user: User) =>
		[
			user.email,
			!user.emailVerified && translate('admin.unverified'),
			translate('organization.since', { date: date(user.createdAt) }),
			user.banned && user.banReason,
			user.banned && user.banExpires && translate('profile.expires', { date: dateTime(user.banExpires) }),
		]
			.filter(Boolean)
			.join(' · ');
	return (
		<Panel
			title={translate('admin.users')}
			lead={translate('admin.users_help')}
			action={
				<TextField
					id="wanted"
					type="search"
					label={translate('admin.by_email')}
					sx={{ maxWidth: 280 }}
					onChange={search}
				/>
			}
		>
			<QueryResult query={users}>
				{({ users: rows, total }) => (
					<>
						<Lines>
							{rows.map((user) => (
								<Line
									key={user.id}
									icon={<Face name={user.name || user.email} />}
									title={user.name || user.email}
									note={note(user)}
									action={
										<Stack
											direction="row"
											useFlexGap
											sx={{ flexWrap: 'wrap', gap: 0.5, alignItems: 'center' }}
										>
											{user.role?.split(',').includes('admin') && (
												<Chip
													size="small"
													color="primary"
													variant="outlined"
													label={translate('admin.operator')}
												/>
											)}
											{user.banned && (
												<Chip
													size="small"
													color="error"
													variant="outlined"
													label={translate('admin.banned')}
												/>
											)}
											<Button
												size="small"
												component={Link}
												to={`/administration/log?user=${encodeURIComponent(user.id)}`}
												aria-label={`${translate('admin.parts.log')}: ${user.name}`}
											>
												{translate('admin.parts.log')}
											</Button>
											{user.id !== me.user_id && (
												<>
													<Deed
														does="admin.end_sessions"
														of={user.name}
														disabled={busy}
														onClick={() =>
															act(
																() => about(user, 'revoke-user-sessions'),
																'profile.session_ended',
															)
														}
													/>
													<Deed
														does="admin.impersonate"
														of={user.name}
														onClick={() => setAsking({ act: user })}
													/>
													{user.banned ? (
														<Deed
															does="admin.unban"
															of={user.name}
															disabled={busy}
															onClick={() =>
																act(() => about(user, 'unban-user'), 'profile.saved')
															}
														/>
													) : (
														<Deed
															does="admin.ban"
															of={user.name}
															color="error"
															onClick={() => setAsking({ ban: user })}
														/>
													)}
												</>
											)}
										</Stack>
									}
								/>
							))}
						</Lines>
						<Pagination total={total} page={page} size={PAGE} setPage={setPage} />
					</>
				)}
			</QueryResult>
			{asking && 'ban' in asking && (
				<FormDialog
					danger
					title={translate('admin.ban_who', { name: asking.ban.name })}
					lead={translate('admin.ban_help')}
					action={translate('admin.ban')}
					submit={(answers) => ban(asking.ban, answers)}
					close={() => setAsking(undefined)}
				>
					<Ask name="reason" required={false} autoFocus label={translate('admin.reason')} />
					<Ask name="days" select defaultValue="0" label={translate('admin.how_long')}>
						{[1, 7, 30].map((days) => (
							<MenuItem key={days} value={String(days)}>
								{translate('admin.days', { smart_count: days })}
							</MenuItem>
						))}
						<MenuItem value="0">{translate('admin.for_good')}</MenuItem>
					</Ask>
				</FormDialog>
			)}
			{asking && 'act' in asking && (
				<FormDialog
					title={translate('admin.impersonate_who', { name: asking.act.name })}
					lead={translate('admin.impersonate_help')}
					action={translate('admin.impersonate')}
					close={() => setAsking(undefined)}
					submit={async ({ reason, readOnly }) => {
						await tell('/api/auth/admin/impersonate-user', {
							userId: asking.act.id,
							reason,
							readOnly: readOnly === 'true',
						});
						begin('/');
					}}
				>
					<Ask
						name="reason"
						autoFocus
						label={translate('admin.reason')}
						slotProps={{ htmlInput: { maxLength: 500 } }}
					/>
					<Ask name="readOnly" select defaultValue="true" label={translate('admin.impersonate_access')}>
						<MenuItem value="true">{translate('admin.impersonate_read')}</MenuItem>
						<MenuItem value="false">{translate('admin.impersonate_change')}</MenuItem>
					</Ask>
				</FormDialog>
			)}
		</Panel>
	);
}
