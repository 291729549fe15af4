export default {
	title: 'Views',
	all: 'All',
	keep: 'Keep this view…',
	change: 'Change “%{name}”…',
	delete: 'Delete “%{name}”',
	deleted: '“%{name}” is deleted.',
	help: 'The filters and the order of the list, under a name.',
	name: 'Name',
	share: 'For everybody in the organization',
	shared: 'shared',
};
