// A role: its name and its permissions, read-only or editable.
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useQuery } from '@tanstack/react-query';
import { SaveButton, TextInput } from 'react-admin';
import { Form, maxLength, regex, required, useDataProvider, useNotify, useRedirect, useTranslate } from 'ra-core';
import { useController, useFormState } from 'react-hook-form';
import { Link } from 'react-router-dom';
import { useExplain } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { MissingPart } from '../ui/Missing';
import { Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';
import { Fields } from './Fields';
import { Matrix } from './Matrix';
import { RolePreview } from './RolePreview';
import {
	accessQuery,
	cellsOf,
	exceeds,
	given,
	limitsOf,
	permissionOf,
	rolesQuery,
	useGranted,
	useRole,
	type Cells,
	type Limits,
	type Resource,
	type Role,
} from './roles';

const NEW = 'new';
const HOME = '/organization/roles';

function Editor({ resources, began, bases }: { resources: Resource[]; began: Cells; bases: Role[] }) {
	const translate = useTranslate();
	const { field } = useController<{ cells: Cells }>({ name: 'cells' });
	const limits = useController<{ limits: Limits }>({ name: 'limits' }).field;
	const { errors } = useFormState();
	const called = useRole();
	const cells = field.value as Cells;
	return (
		<>
			<TextInput
				source="role"
				label="profile.called"
				validate={[required(), maxLength(64), regex(/^[^,]*$/, 'organization.role_comma')]}
				sx={{ maxWidth: 420, mr: { sm: 2 } }}
			/>
			{errors.root?.server && (
				<Alert severity="error" sx={{ mb: 2 }}>
					{errors.root.server.message}
				</Alert>
			)}
			{bases.length > 0 && (
				<TextField
					select
					id="role-base"
					label={translate('organization.permission.base')}
					helperText={translate('organization.permission.base_help')}
					value=""
					sx={{ maxWidth: 420, width: '100%', mb: 2 }}
					onChange={({ target }) => {
						const base = bases.find(({ role }) => role === target.value);
						if (!base) return;
						field.onChange(given(cellsOf(base.permission), resources));
						limits.onChange(limitsOf(base.permission));
					}}
				>
					{bases.map(({ role }) => (
						<MenuItem key={role} value={role}>
							{called(role)}
						</MenuItem>
					))}
				</TextField>
			)}
			<Matrix resources={resources} cells={cells} change={field.onChange} />
			<Fields resources={resources} limits={limits.value as Limits} change={limits.onChange} />
			<RolePreview {...{ began, cells, resources }} />
			<Stack direction="row" spacing={1} sx={{ mt: 3 }}>
				<SaveButton />
				<Button component={Link} to={HOME}>
					{translate('ra.action.cancel')}
				</Button>
			</Stack>
		</>
	);
}

function RoleForm({ role, resources, bases }: { role?: Role; resources: Resource[]; bases: Role[] }) {
	const { tell } = useDataProvider<Provider>();
	const roles = useQuery({ ...rolesQuery, enabled: false });
	const notify = useNotify();
	const go = useRedirect();
	const explain = useExplain();
	// The initial state is kept, because a reloaded list must not replace the user's input.
	const [began] = useState(() => ({
		role: role?.role ?? '',
		cells: cellsOf(role?.permission ?? {}),
		limits: limitsOf(role?.permission ?? {}),
	}));
	const save = async (values: Partial<typeof began>) => {
		const { role: name, cells, limits } = values as typeof began;
		const permission = permissionOf(cells, limits);
		try {
			await (role
				? tell('/api/auth/organization/update-role', { roleId: role.id, data: { roleName: name, permission } })
				: tell('/api/auth/organization/create-role', { role: name, permission }));
		} catch (error) {
			const why = explain(error);
			return (error as { body?: { code?: string } }).body?.code === 'ROLE_NAME_IS_ALREADY_TAKEN'
				? { role: why }
				: { root: { server: why } };
		}
		await roles.refetch();
		notify('profile.saved', { type: 'success' });
		go(HOME);
		return undefined;
	};
	return (
		<Form warnWhenUnsavedChanges defaultValues={began} onSubmit={save}>
			<Editor resources={resources} began={began.cells} bases={bases} />
		</Form>
	);
}

export function RolePage({ name }: { name: string }) {
	const translate = useTranslate();
	const called = useRole();
	const granted = useGranted();
	const access = useQuery(accessQuery);
	const roles = useQuery(rolesQuery);
	const ready = access.data && (roles.data || roles.error);
	return (
		<QueryResult query={{ ...access, data: ready ? access.data : undefined }}>
			{({ resources, roles: builtIn }) => {
				const role = [...builtIn, ...(roles.data ?? [])].find((one) => (one.id ?? one.role) === name);
				const fresh = name === NEW;
				if (!role && !fresh) return <MissingPart />;
				const cells = cellsOf(role?.permission ?? {});
				const more = Boolean(role?.id) && exceeds(cells, resources);
				const mayEdit = fresh ? granted('ac', 'create') : Boolean(role?.id) && granted('ac', 'update') && !more;
				return (
					<Panel
						title={role ? called(role.role) : translate('organization.role_make')}
						lead={translate(
							mayEdit
								? 'organization.role_help'
								: role?.id
									? 'organization.role_custom'
									: 'organization.role_built_in',
						)}
					>
						{more && granted('ac', 'update') && (
							<Alert severity="info" sx={{ mb: 2 }}>
								{translate('organization.role_exceeds')}
							</Alert>
						)}
						{mayEdit ? (
							<RoleForm
								key={name}
								{...{ role, resources, bases: role ? [] : [...builtIn, ...(roles.data ?? [])] }}
							/>
						) : (
							<>
								<Matrix {...{ resources, cells }} />
								<Fields resources={resources} limits={limitsOf(role?.permission ?? {})} />
								<Box sx={{ mt: 3 }}>
									<Button component={Link} to={HOME}>
										{translate('ra.action.back')}
									</Button>
								</Box>
							</>
						)}
					</Panel>
				);
			}}
		</QueryResult>
	);
}
