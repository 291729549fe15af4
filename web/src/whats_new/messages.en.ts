export default {
	title: 'What’s new',
	unseen: 'New entries',
	empty: 'Nothing new yet',
	checklist: 'Check your data',
	checklist_help: 'The data was migrated. Confirm each item, or report what is wrong.',
	fine: 'Looks right',
	report: 'Report a problem',
	detail: 'What is wrong?',
	send: 'Send report',
	undo: 'Undo',
	states: { verified: 'Confirmed %{time}', problem: 'Reported %{time}' },
};
