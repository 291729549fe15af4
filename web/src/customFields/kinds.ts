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
	'address',
	'file',
	'person',
	'relation',
	'relations',
	'rollup',
] as const;

/** The kinds that one column of a file cannot define: they need choices or a relation, or have several columns. */
export const detailed = ['choice', 'choices', 'address', 'file', 'relation', 'relations', 'rollup'] as const;

/** What happens to a record when the record to which it refers is deleted. */
export const rules = ['clear', 'refuse', 'delete'] as const;

/** The functions of rollups. */
export const functions = ['count', 'sum', 'min', 'max', 'avg'] as const;
