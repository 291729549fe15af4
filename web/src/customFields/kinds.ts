// The kinds of custom fields.

/** The kinds, in the order in which the form offers them. */
export const kinds = [
	'text',
	'longtext',
	'integer',
	'number',
	'money',
	'date',
	'time',
	'boolean',
	'choice',
	'choices',
	'url',
	'email',
	'phone',
	'person',
	'relation',
	'relations',
	'rollup',
] as const;

/** The kinds that need more than a name: their choices, or the records to which they refer. */
export const detailed = ['choice', 'choices', 'relation', 'relations'] as const;

/** What happens to a record when the record to which it refers is deleted. */
export const rules = ['clear', 'refuse', 'delete'] as const;

/** The functions of rollups. */
export const functions = ['count', 'sum', 'min', 'max', 'avg'] as const;
