import { english } from '../i18n/resource';

const words = english({});

export default {
	more: 'More',
	add: 'New field',
	key_help:
		'The name in the API, imports and exports. If empty, it is derived from the name above. It cannot be changed later.',
	choices_help: 'Type a choice, then press Enter.',
	formula_help:
		'Computes the value from other fields, for example amount - coalesce(cost, 0). It can be entered only when the field is created.',
	condition_help: "Only the related records for which this is true, for example stage = 'won'.",
	help_help: 'Shown below the field in forms.',
	section_help: 'The heading above the field in forms.',
	change_kind: 'Change kind',
	change_what: 'Change the kind of %{name}',
	change_help: 'The values are converted to the new kind. You can undo this for 30 days.',
	preview: 'Preview',
	change: 'Change',
	choices_lines: 'One choice per line.',
	lost: '%{n} of %{values} values cannot be converted and will be removed.',
	none_lost: 'All %{values} values can be converted.',
	more_rows: 'There are more than 50,000 records, so others may have values that cannot be converted.',
	undo: 'Undo: %{kind}',
	errors: {
		division_by_zero: 'Division by zero',
		not_a_number: 'Not a number',
		missing_field: 'A field is missing',
		not_of_date_format: 'Not a date',
	},
	functions: {
		count: 'Number',
		sum: 'Sum',
		min: 'Smallest',
		max: 'Greatest',
		avg: 'Average',
	},
	kinds: {
		text: 'Text',
		longtext: 'Long text',
		integer: 'Whole number',
		number: 'Decimal number',
		money: 'Money',
		date: 'Date',
		time: 'Date and time',
		boolean: 'Yes or no',
		choice: 'Choice',
		choices: 'Several choices',
		url: 'Link',
		email: 'Email address',
		phone: 'Phone number',
		person: 'Colleague',
		relation: 'Link to a record',
		rollup: 'Rollup of related records',
	},
	resources: {
		field_definitions: words({
			one: 'Field',
			many: 'Fields',
			empty: 'No fields yet',
			invite: 'Add fields to contacts, companies, deals, tasks and products.',
			create: 'New field',
			fields: { name: 'Field', resource: 'Records', key: 'Key' },
		}),
	},
};
