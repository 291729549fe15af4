// The organization's members and their roles.
import { useState } from 'react';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { QueryResult } from '../ui/QueryResult';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Pagination } from '../ui/Pagination';
import { Line, Lines, Panel } from '../ui/Panel';
import { Face } from '../records/People';
import { useMe } from '../data/session';
import { MemberAccess } from './Access';
import { Leave } from './General';
import { MemberRole } from './MemberRole';
import { useIsBuiltIn, useRole, useRoles } from './roles';
import { ViewAs } from './ViewAs';

interface Member {
	id: string;
	userId: string;
	role: string;
	createdAt: string;
	user: { name: string; email: string; image?: string | null };
}

const PAGE = 25;

export default function Members() {
	const me = useMe();
	const { ask, tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const called = useRole();
	const all = useRoles();
	const isBuiltIn = useIsBuiltIn();
	const { date } = useFormats();
	const [page, setPage] = useState(0);
	const [leaving, setLeaving] = useState<Member>();
	const [busy, act] = useAct();
	const members = useQuery({
		queryKey: ['members', page],
		placeholderData: keepPreviousData,
		queryFn: () =>
			ask<{ members: Member[]; total: number }>('/api/auth/organization/list-members', {
				limit: PAGE,
				offset: page * PAGE,
				sortBy: 'createdAt',
				sortDirection: 'asc',
			}),
	});
	const mayChange = ({ userId, role }: Member) =>
		me.administrator && userId !== me.user_id && (all.includes('owner') || !role.split(',').includes('owner'));
	// Portal users have no row in sales, so their access cannot be explained.
	const isPortalUser = ({ role }: Member) => role === 'portal' && isBuiltIn(role);
	const change = (member: Member, role: string) =>
		act(
			() =>
				tell('/api/auth/organization/update-member-role', { memberId: member.id, role }).then(() =>
					members.refetch(),
				),
			'profile.saved',
		);
	return (
		<>
			<Panel title={translate('organization.members')} lead={translate('organization.members_help')}>
				<QueryResult query={members}>
					{({ members: rows, total }) => (
						<>
							<Lines>
								{rows.map((member) => (
									<Line
										key={member.id}
										icon={<Face name={member.user.name} />}
										title={member.user.name}
										note={`${member.user.email} · ${translate('organization.since', { date: date(member.createdAt) })}`}
										action={
											<>
												{(me.administrator || member.userId === me.user_id) &&
													!isPortalUser(member) && (
														<MemberAccess userId={member.userId} name={member.user.name} />
													)}
												{mayChange(member) && (
													<ViewAs userId={member.userId} name={member.user.name} />
												)}
												{mayChange(member) ? (
													<>
														<MemberRole
															id={member.id}
															name={member.user.name}
															role={member.role}
															disabled={busy}
															change={(role) => change(member, role)}
														/>
														<Button
															size="small"
															color="error"
															onClick={() => setLeaving(member)}
															aria-label={`${translate('organization.send_away')}: ${member.user.name}`}
														>
															{translate('organization.send_away')}
														</Button>
													</>
												) : (
													<Chip size="small" variant="outlined" label={called(member.role)} />
												)}
											</>
										}
									/>
								))}
							</Lines>
							<Pagination total={total} page={page} size={PAGE} setPage={setPage} />
						</>
					)}
				</QueryResult>
				{leaving && (
					<FormDialog
						danger
						title={translate('organization.send_away_who', { name: leaving.user.name })}
						lead={translate('organization.send_away_help')}
						action={translate('organization.send_away')}
						close={() => setLeaving(undefined)}
						submit={async () => {
							await tell('/api/auth/organization/remove-member', { memberIdOrEmail: leaving.id });
							setLeaving(undefined);
							await members.refetch();
						}}
					/>
				)}
			</Panel>
			{!me.administrator && <Leave />}
		</>
	);
}
