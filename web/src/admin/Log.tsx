import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { Link, useSearchParams } from 'react-router-dom';
import { Panel } from '../ui/Panel';
import { EventList, useEvents } from '../profile/EventList';

/** The account events of all users, or of one user. */
export default function Log() {
	const translate = useTranslate();
	const [params] = useSearchParams();
	const user = params.get('user');
	const { data } = useEvents(user ?? '*');
	const name = data?.pages.flat().find(({ user_id }) => user_id === user)?.user_name ?? user;
	return (
		<Panel
			title={translate(user ? 'admin.log_of' : 'admin.log', { user: name })}
			lead={translate('admin.log_help')}
			action={
				user && (
					<Button component={Link} to="/administration/log">
						{translate('admin.log_all')}
					</Button>
				)
			}
		>
			<EventList key={user} of={user ?? '*'} all />
		</Panel>
	);
}
