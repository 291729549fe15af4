export default {
	title: 'Search',
	hint: 'Search (Ctrl+K)',
	placeholder: 'Search or jump to…',
	results: 'Results',
	nothing: 'No results for “%{text}”',
	edit: 'Edit “%{name}”',
	move: 'Move “%{name}” to %{stage}',
	groups: {
		recent: 'Recent', commands: 'Commands', pages: 'Go to', deeds: 'Create', offers: 'More',
		of_contacts: 'Contacts', of_companies: 'Companies', of_deals: 'Deals', of_contact_notes: 'Contact notes',
		of_deal_notes: 'Deal notes', of_tasks: 'Tasks', of_activities: 'Activities', of_appointments: 'Appointments',
		of_messages: 'Messages',
	},
};
