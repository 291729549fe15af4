export default {
	title: 'Data',
	lead: 'Every table of this organization with all its columns, to look at and nothing else.',
	table: 'Table',
	unknown: 'There is no such table.',
	column: 'Column',
	condition: 'Condition',
	value: 'Value',
	filter: 'Filter',
	operators: {
		ilike: 'contains', eq: 'is', neq: 'is not', gte: 'is at least', lte: 'is at most', cs: 'holds',
		null: 'is empty', not_null: 'is not empty',
	},
	rows: '%{count} row |||| %{count} rows',
	more: 'More than %{count} rows',
	before: 'Back',
	after: 'Next',
};
