import { english } from '../i18n/resource';

const words = english({});

export default {
	resources: {
		activities: words({
			one: 'Activity',
			many: 'Activities',
			empty: 'No activities yet',
			invite: 'Calls, meetings and emails with your contacts. Log one on the page of a contact or a deal, or add it here.',
			create: 'New activity',
			fields: { name: 'Activity' },
		}),
	},
};
