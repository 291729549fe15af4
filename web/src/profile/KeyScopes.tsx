// What an API key may do, by resource and action.
import Checkbox from '@mui/material/Checkbox';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { useResourceName } from '../data/resourceName';
import { useMe } from '../data/session';
import { labelOf } from '../i18n/refusals';
import { Fields } from '../organization/Fields';
import { accessQuery } from '../organization/roles';

const actions = ['read', 'create', 'update', 'delete', 'export'] as const;

/** The actions of each resource, as in {"contacts": ["read"]}. */
export type Scopes = Record<string, string[]>;

/** Returns scopesSaid(PERMISSIONS), which returns the resources of a key with their actions as text. */
export function useScopesSaid() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	const action = (name: string) => translate(`profile.scopes.${name}`, { _: name });
	/** Returns the fields to which the permissions on a resource are limited. */
	const limited = (name: string, permissions: Scopes) => {
		const lists = [permissions[`${name}.read`], permissions[`${name}.update`]].filter((list) => list !== undefined);
		if (lists.length === 0) return '';
		const fields = [...new Set(lists.flat())].map((field) => labelOf(name, field));
		return ` (${fields.join(', ') || translate('profile.scopes.nothing')})`;
	};
	return (permissions: Scopes) =>
		Object.entries(permissions)
			.filter(([name]) => !name.includes('.'))
			.map(
				([name, given]) =>
					`${name === '*' ? translate('profile.scopes.everything') : resourceName(name, 2)}${colon()}${given.map(action).join(', ')}${limited(name, permissions)}`,
			)
			.sort((one, other) => one.localeCompare(other))
			.join('; ');
}

export function KeyScopes({ scopes, change }: { scopes: Scopes; change: (scopes: Scopes) => void }) {
	const { resources = {} } = useMe();
	const access = useQuery(accessQuery);
	const translate = useTranslate();
	const resourceName = useResourceName();
	const rows = Object.entries(resources)
		.filter(([name, has]) => name !== 'crm' && has.length > 0)
		.map(([name, has]) => ({ name, has, title: resourceName(name, 2) }))
		.sort((one, other) => one.title.localeCompare(other.title));
	const set = (name: string, action: string, on: boolean) => {
		const { [name]: before = [], ...others } = scopes;
		const given = actions.filter((one) => (one === action ? on : before.includes(one)));
		const { [`${name}.read`]: _, [`${name}.update`]: __, ...without } = others;
		change(given.length ? { ...others, [name]: given } : without);
	};
	const limits = Object.fromEntries(Object.entries(scopes).filter(([name]) => name.includes('.')));
	const limitable = access.data?.resources.filter(({ name, fields }) => fields && scopes[name]) ?? [];
	return (
		<>
			<Table size="small" aria-label={translate('profile.may')} sx={{ '& th, & td': { px: 0.5 } }}>
				<TableHead>
					<TableRow>
						<TableCell component="td" />
						{actions.map((action) => (
							<TableCell key={action} component="th" scope="col" align="center">
								{translate(`profile.scopes.${action}`)}
							</TableCell>
						))}
					</TableRow>
				</TableHead>
				<TableBody>
					{rows.map(({ name, has, title }) => (
						<TableRow key={name}>
							<TableCell component="th" scope="row">
								{title}
							</TableCell>
							{actions.map((action) => (
								<TableCell key={action} align="center">
									{has.includes(action) && (
										<Checkbox
											size="small"
											checked={scopes[name]?.includes(action) ?? false}
											onChange={(_, on) => set(name, action, on)}
											slotProps={{
												input: {
													'aria-label': `${title}: ${translate(`profile.scopes.${action}`)}`,
												},
											}}
										/>
									)}
								</TableCell>
							))}
						</TableRow>
					))}
				</TableBody>
			</Table>
			{limitable.length > 0 && (
				<Fields
					resources={limitable}
					limits={limits}
					change={(next) =>
						change({
							...Object.fromEntries(Object.entries(scopes).filter(([name]) => !name.includes('.'))),
							...next,
						})
					}
				/>
			)}
		</>
	);
}
