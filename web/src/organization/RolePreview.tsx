// A preview that is shown before a role is saved: what users with the role will see, and the differences.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslate } from 'ra-core';
import { colon } from '../i18n/i18n';
import { differences, rank, scopeOf, scopes, useNames, type Cells, type Resource } from './roles';

export function RolePreview({ began, cells, resources }: { began: Cells; cells: Cells; resources: Resource[] }) {
	const translate = useTranslate();
	const called = useNames();
	const records = resources.filter(({ name, crm }) => crm && name !== 'crm');
	const seen = [...scopes]
		.reverse()
		.filter(Boolean)
		.map((scope) => ({
			scope,
			names: records
				.filter((one) => scopeOf(cells, one, 'read') === scope)
				.map(({ name }) => called.resource(name)),
		}))
		.filter(({ names }) => names.length > 0);
	const hidden = records
		.filter((one) => rank(scopeOf(cells, one, 'read')) === 0)
		.map(({ name }) => called.resource(name));
	const changes = differences(began, cells, resources);
	return (
		<Box
			component="section"
			aria-label={translate('organization.permission.preview')}
			sx={{ mt: 3, p: 2, border: 1, borderColor: 'divider', borderRadius: 1 }}
		>
			<Typography variant="h5" component="h3" sx={{ mb: 1 }}>
				{translate('organization.permission.preview')}
			</Typography>
			{seen.map(({ scope, names }) => (
				<Typography key={scope} variant="body2">
					<b>{translate(`organization.permission.sees.${scope}`)}</b> {names.join(', ')}
				</Typography>
			))}
			<Typography variant="body2" color="textSecondary">
				<b>{translate('organization.permission.sees.none')}</b>{' '}
				{hidden.join(', ') || translate('organization.permission.nothing')}
			</Typography>
			<Typography variant="h5" component="h3" sx={{ mt: 2, mb: 1 }}>
				{translate('organization.permission.changes', { smart_count: changes.length })}
			</Typography>
			<Box component="ul" sx={{ m: 0, pl: 2.5, maxHeight: 240, overflowY: 'auto' }}>
				{changes.map(({ resource, action: { name, scopes: has }, was, is }) => (
					<Typography key={`${resource}.${name}`} component="li" variant="body2">
						{called.resource(resource)}
						{colon()}
						{called.action(name)},{' '}
						{has
							? `${called.scope(was)} → ${called.scope(is)}`
							: translate(`organization.permission.${is ? 'added' : 'removed'}`)}
					</Typography>
				))}
			</Box>
		</Box>
	);
}
