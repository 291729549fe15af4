// All organizations on the server. Operators can suspend them here.
import { useState } from 'react';
import Chip from '@mui/material/Chip';
import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { useDebouncedEvent } from 'react-admin';
import { useDataProvider, useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import { FormDialog } from '../ui/FormDialog';
import { useFormats } from '../data/useFormats';
import { Older, useOlder } from '../ui/Older';
import { Deed, Line, Lines, Panel } from '../ui/Panel';
import { Face } from '../records/People';

interface Organization {
	id: string;
	name: string;
	slug: string;
	created_at: string;
	suspended_at: string | null;
	deleted_at: string | null;
	members: number;
	portal_users: number;
}

const states = ['open', 'suspended', 'deleted'];

export default function Organizations() {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const { date } = useFormats();
	const [q, setQ] = useState('');
	const [state, setState] = useState('');
	const search = useDebouncedEvent((event: { target: { value: string } }) => setQ(event.target.value), 300);
	const [asking, setAsking] = useState<Organization>();
	const [busy, act] = useAct();
	const query = useOlder<Organization>('/api/operators/organizations', {
		q: q || undefined,
		state: state || undefined,
	});
	const hold = ({ id }: Organization, what: 'suspend' | 'restore') =>
		tell(`/api/operators/organizations/${id}/${what}`).then(() => query.refetch());
	const note = ({ slug, members, portal_users, created_at, suspended_at, deleted_at }: Organization) =>
		[
			slug,
			translate('admin.members', { smart_count: members }),
			portal_users > 0 && translate('admin.portal_users', { smart_count: portal_users }),
			translate('organization.since', { date: date(created_at) }),
			suspended_at && translate('admin.suspended_at', { date: date(suspended_at) }),
			deleted_at && translate('admin.deleted_at', { date: date(deleted_at) }),
		]
			.filter(Boolean)
			.join(' · ');
	return (
		<Panel title={translate('admin.parts.organizations')} lead={translate('admin.organizations_help')}>
			<Stack direction="row" useFlexGap sx={{ flexWrap: 'wrap', gap: 1.5, mb: 1 }}>
				<TextField
					id="organizations-wanted"
					type="search"
					label={translate('admin.by_name')}
					sx={{ flex: '1 1 200px', maxWidth: 320 }}
					onChange={search}
				/>
				<TextField
					id="organizations-state"
					select
					value={state}
					label={translate('admin.state')}
					sx={{ flex: '1 1 160px', maxWidth: 220 }}
					onChange={(event) => setState(event.target.value)}
					slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
				>
					<MenuItem value="">{translate('admin.any')}</MenuItem>
					{states.map((one) => (
						<MenuItem key={one} value={one}>
							{translate(`admin.states.${one}`)}
						</MenuItem>
					))}
				</TextField>
			</Stack>
			<Older query={query} empty={translate('admin.no_organizations')}>
				{(organizations) => (
					<Lines>
						{organizations.map((one) => (
							<Line
								key={one.id}
								icon={<Face name={one.name} square />}
								title={one.name}
								note={note(one)}
								action={
									one.deleted_at ? (
										<Chip
											size="small"
											variant="outlined"
											label={translate('admin.states.deleted')}
										/>
									) : one.suspended_at ? (
										<>
											<Chip
												size="small"
												color="error"
												variant="outlined"
												label={translate('admin.states.suspended')}
											/>
											<Deed
												does="admin.restore"
												of={one.name}
												disabled={busy}
												onClick={() => act(() => hold(one, 'restore'), 'admin.restored')}
											/>
										</>
									) : (
										<Deed
											does="admin.suspend"
											of={one.name}
											color="error"
											onClick={() => setAsking(one)}
										/>
									)
								}
							/>
						))}
					</Lines>
				)}
			</Older>
			{asking && (
				<FormDialog
					danger
					title={translate('admin.suspend_what', { name: asking.name })}
					lead={translate('admin.suspend_help')}
					action={translate('admin.suspend')}
					submit={() => hold(asking, 'suspend').then(() => setAsking(undefined))}
					close={() => setAsking(undefined)}
				/>
			)}
		</Panel>
	);
}
