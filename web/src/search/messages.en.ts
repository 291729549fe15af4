export default {
	title: 'Search',
	hint: 'Search (Ctrl+K)',
	placeholder: 'Search, or go to…',
	results: 'What was found',
	nothing: 'No row holds these words.',
	make: 'New: %{name}',
	groups: {
		recent: 'Lately searched', pages: 'Go to', deeds: 'Make', offers: 'Besides',
		of_contacts: 'Contacts', of_companies: 'Companies', of_deals: 'Deals', of_contact_notes: 'Notes of contacts',
		of_deal_notes: 'Notes of deals', of_tasks: 'Tasks', of_activities: 'Activities', of_appointments: 'Appointments',
		of_messages: 'Messages',
	},
};
