// The organization's built-in and custom roles.
import { useState } from 'react';
import Add from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate } from 'ra-core';
import { Link as RouterLink, useParams } from 'react-router-dom';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { touched } from '../ui/theme';
import { RolePage } from './Role';
import { accessQuery, rolesQuery, useGranted, useNames, useRole, type Role } from './roles';

function RoleLink({ role: { id, role } }: { role: Role }) {
	const called = useRole();
	return (
		<Link component={RouterLink} to={`/organization/roles/${id ?? role}`} sx={touched}>
			{called(role)}
		</Link>
	);
}

function RoleList() {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const notify = useNotify();
	const granted = useGranted();
	const names = useNames();
	const access = useQuery(accessQuery);
	const roles = useQuery(rolesQuery);
	const [leaving, setLeaving] = useState<Role>();
	const remove = async () => {
		await tell('/api/auth/organization/delete-role', { roleId: leaving!.id });
		setLeaving(undefined);
		notify('organization.role_removed', { type: 'success' });
		await roles.refetch();
	};
	return (
		<>
			<Panel
				title={translate('organization.parts.roles')}
				lead={translate('organization.roles_help')}
				action={
					granted('ac', 'create') && (
						<Button
							variant="outlined"
							startIcon={<Add />}
							component={RouterLink}
							to="/organization/roles/new"
						>
							{translate('organization.role_make')}
						</Button>
					)
				}
			>
				<QueryResult query={roles} empty={translate('organization.no_roles')}>
					{(all) => (
						<Lines>
							{all.map((role) => (
								<Line
									key={role.id}
									title={<RoleLink role={role} />}
									note={
										Object.keys(role.permission).map(names.resource).sort().join(', ') ||
										names.scope('')
									}
									action={
										granted('ac', 'delete') && (
											<Deed
												does="ra.action.delete"
												of={role.role}
												color="error"
												onClick={() => setLeaving(role)}
											/>
										)
									}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
				{leaving && (
					<FormDialog
						danger
						title={translate('organization.role_remove', { name: leaving.role })}
						lead={translate('organization.role_remove_help')}
						action={translate('ra.action.delete')}
						submit={remove}
						close={() => setLeaving(undefined)}
					/>
				)}
			</Panel>
			<Panel title={translate('organization.built_in')} lead={translate('organization.built_in_help')}>
				<QueryResult query={access}>
					{({ roles: builtIn }) => (
						<Lines>
							{builtIn.map((role) => (
								<Line
									key={role.role}
									title={<RoleLink role={role} />}
									note={translate(`organization.role_notes.${role.role}`)}
								/>
							))}
						</Lines>
					)}
				</QueryResult>
			</Panel>
		</>
	);
}

export default function Roles() {
	const { item } = useParams();
	return item ? <RolePage name={item} /> : <RoleList />;
}
