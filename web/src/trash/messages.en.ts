export default {
	title: 'Trash',
	empty: 'Nothing was deleted',
	kept: 'What is deleted can be brought back until the server takes it away for good: after 30 days, unless its operator chose otherwise.',
	kind: 'What it was',
	restore: 'Restore',
	restored: 'It is back, as it was.',
	purge: 'Delete for good',
	purge_what: 'Delete “%{title}” for good?',
	purge_help: 'It cannot be brought back. |||| It cannot be brought back, nor can the %{smart_count} rows that went along.',
	along: 'with %{smart_count} more |||| with %{smart_count} more',
	kinds: {
		contacts: 'Contact', companies: 'Company', deals: 'Deal', contact_notes: 'Note of a contact', deal_notes: 'Note of a deal',
		tasks: 'Task', activities: 'Activity', appointments: 'Appointment', messages: 'Message', tags: 'Tag',
		automation_rules: 'Automation', automations: 'Automation', import_mappings: 'Mapping of an import',
	},
	resources: { trash: { name: 'Trash |||| Trash', fields: { resource: 'What it was', deleted_at: 'Deleted' } } },
};
