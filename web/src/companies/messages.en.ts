export default {
	title: 'Companies',
	reach: 'Contact details',
	more_facts: 'More details',
	links_help: 'Related links. Press Enter to add',
	nb_contacts: '%{smart_count} contact |||| %{smart_count} contacts',
	sizes: {
		1: '1–9 employees',
		10: '10–49 employees',
		50: '50–249 employees',
		250: '250–499 employees',
		500: '500+ employees',
	},
	entries: {
		company: 'Company created',
		contact: 'New contact',
		deal: 'New deal',
		contactNote: 'Contact note',
		dealNote: 'Deal note',
	},
	resources: {
		companies: {
			name: 'Company |||| Companies',
			empty: 'No companies yet',
			invite: 'Companies group contacts and deals. Add one, or import a file.',
			fields: {},
			page: { create: 'New company' },
			action: { create: 'New company' },
			notifications: {
				created: 'Company created',
				updated: 'Company updated',
				deleted: 'Company deleted |||| %{smart_count} companies deleted',
			},
			tabs: {
				contacts: 'Contacts',
				deals: 'Deals',
				tasks: 'Tasks',
				appointments: 'Appointments',
				activity: 'Activity',
			},
		},
	},
};
