import { useTranslate } from 'ra-core';
import { Panel } from '../ui/Panel';
import { EventList } from './EventList';

export default function Events() {
	const translate = useTranslate();
	return (
		<Panel title={translate('profile.events')} lead={translate('profile.events_help')}>
			<EventList />
		</Panel>
	);
}
