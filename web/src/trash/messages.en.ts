export default {
	title: 'Trash',
	empty: 'The trash is empty',
	kept: 'Items are deleted permanently after 30 days by default.',
	kind: 'Type',
	restore: 'Restore',
	restored: 'Restored |||| %{smart_count} items restored',
	purge: 'Delete permanently',
	purge_what: 'Delete “%{title}” permanently?',
	purge_help: 'This can’t be undone.',
	along: 'with %{smart_count} related record |||| with %{smart_count} related records',
	resources: { trash: { name: 'Trash |||| Trash', fields: {} } },
	purge_related:
		'This can’t be undone. %{smart_count} related record is deleted as well. |||| This can’t be undone. %{smart_count} related records are deleted as well.',
};
