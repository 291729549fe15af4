// What a portal user sees: the records that are shared with them.
import Button from '@mui/material/Button';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemText from '@mui/material/ListItemText';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Link } from 'react-router-dom';
import { QueryResult } from '../app/QueryResult';
import { send } from '../app/http';
import { begin, useMe } from '../app/session';
import { AuthPage } from '../auth/AuthPage';
import { auth } from '../auth/client';
import { enter, organizationsQuery } from './queries';

interface Share {
	id: number;
	resource: string;
	row_id: number;
	expires_at: string | null;
}

type Row = Record<string, unknown>;

/** The first of these fields that a record has is its name. */
const names = ['name', 'text', 'title', 'summary', 'subject'];

const nameOf = (row: Row) => [row.first_name, row.last_name].filter(Boolean).join(' ')
	|| String(names.map((name) => row[name]).find(Boolean) ?? `${row.id}`);

const facts = ['title', 'email', 'website', 'phone_number', 'status', 'stage', 'due_date', 'starts_at'];

async function sharedRows() {
	const { json: shares } = await send<Share[]>('/api/shares?range=[0,99]');
	const rows = await Promise.all(shares.map(async (share) => ({ share,
		// A share that ended stays in the list, without its record.
		row: await send<Row>(`/api/${share.resource}/${share.row_id}`).then(({ json }) => json, () => undefined) })));
	return rows.flatMap(({ share, row }) => row ? [{ share, row }] : []);
}

export function Portal({ links }: { links: { to: string; label: string }[] }) {
	const translate = useTranslate();
	const { organization_id } = useMe();
	const { data: organizations = [] } = useQuery(organizationsQuery);
	const query = useQuery({ queryKey: ['shared'], queryFn: sharedRows, refetchInterval: 60_000 });
	const name = organizations.find(({ id }) => id === organization_id)?.name ?? '';
	return (
		<AuthPage title={name} lead={translate('organization.portal.help')}>
			<QueryResult query={query}>
				{(rows) => rows.length === 0
					? <Typography>{translate('organization.portal.none')}</Typography>
					: (
						<List disablePadding sx={{ mb: 2 }}>
							{rows.map(({ share, row }) => (
								<ListItem key={share.id} disableGutters divider>
									<ListItemText primary={nameOf(row)} secondary={[
										translate(`resources.${share.resource}.name`, { smart_count: 1, _: share.resource }),
										...facts.map((fact) => row[fact]).filter((value) => typeof value === 'string'),
										...(share.expires_at ? [translate('organization.portal.until',
											{ date: new Date(share.expires_at).toLocaleString() })] : []),
									].join(' · ')} />
								</ListItem>
							))}
						</List>
					)}
			</QueryResult>
			{links.map(({ to, label }) => <Button key={to} fullWidth component={Link} to={to}>{translate(label)}</Button>)}
			{organizations.filter(({ id, suspended }) => id !== organization_id && !suspended).map((one) => (
				<Button key={one.id} fullWidth onClick={() => enter(one.id)}>{one.name}</Button>
			))}
			<Button fullWidth onClick={() => auth.signOut().then(() => begin('/sign-in'))}>
				{translate('ra.auth.logout')}
			</Button>
		</AuthPage>
	);
}
