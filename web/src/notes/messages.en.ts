export default {
	write: 'Write a note',
	add: 'Add note',
	edit: 'Edit this note',
	text: 'Note',
	remove: 'Delete this note',
	attach: 'Attach files',
	no_files: 'No files yet',
	resources: {
		contact_notes: {
			name: 'Contact note |||| Contact notes',
			notifications: { deleted: 'Note deleted |||| %{smart_count} notes deleted' },
		},
		deal_notes: {
			name: 'Deal note |||| Deal notes',
			notifications: { deleted: 'Note deleted |||| %{smart_count} notes deleted' },
		},
	},
};
