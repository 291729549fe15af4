export default {
	write: 'Write a note',
	add: 'Add note',
	remove: 'Delete this note',
	attach: 'Attach files',
	none: 'No notes yet. What should colleagues know?',
	more: 'Show more',
};
