export default {
	title: 'Data',
	lead: 'Every table and column of this organization. Read-only.',
	table: 'Table',
	unknown: 'Table not found',
	column: 'Column',
	condition: 'Condition',
	value: 'Value',
	filter: 'Filter',
	operators: {
		ilike: 'contains', eq: 'is', neq: 'is not', gte: 'is at least', lte: 'is at most', cs: 'includes',
		null: 'is empty', not_null: 'is not empty',
	},
	rows: '%{count} record |||| %{count} records',
	more: 'More than %{count} records',
	before: 'Previous',
	after: 'Next',
};
