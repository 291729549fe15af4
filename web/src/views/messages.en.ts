export default {
	title: 'Views',
	all: 'All',
	keep: 'Save view…',
	change: 'Edit “%{name}”…',
	delete: 'Delete “%{name}”',
	deleted: '“%{name}” deleted',
	help: 'Saves the current filters, sorting, columns, and the board or calendar.',
	name: 'Name',
	share: 'Share with everyone',
	shared: 'shared',
};
