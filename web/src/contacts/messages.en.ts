export default {
	title: 'Contacts',
	kind: 'Type',
	kinds: { Work: 'Work', Home: 'Home', Other: 'Other' },
	genders: { female: 'Female', male: 'Male', nonbinary: 'Nonbinary' },
	card: 'vCard',
	tasks: 'Tasks',
	add_task: 'Add',
	no_tasks: 'No open tasks',
	task_text: 'Task',
	task_type: 'Type',
	task_due: 'Due',
	resources: {
		contacts: {
			name: 'Contact |||| Contacts',
			empty: 'No contacts yet',
			invite: 'Contacts are the people you work with. Add one, or import a file.',
			fields: {
				name: 'Name',
				email: 'Email',
				number: 'Number',
			},
			page: { create: 'New contact' },
			action: { create: 'New contact' },
			notifications: {
				created: 'Contact created',
				updated: 'Contact updated',
				deleted: 'Contact deleted |||| %{smart_count} contacts deleted',
			},
			tabs: {
				stream: 'Activity',
				deals: 'Deals',
				appointments: 'Appointments',
				messages: 'Messages',
				files: 'Files',
			},
		},
	},
};
