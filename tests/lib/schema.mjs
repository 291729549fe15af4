// Checks the part of JSON Schema that our OpenAPI document uses.

const kinds = {
	null: (v) => v === null,
	boolean: (v) => typeof v === 'boolean',
	string: (v) => typeof v === 'string',
	number: (v) => typeof v === 'number',
	integer: (v) => Number.isInteger(v),
	array: Array.isArray,
	object: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
};
const formats = {
	'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/,
	int64: /^[+-]?\d+$/,	// an ID as text
	int32: /^[+-]?\d+$/,
	date: /^\d{4}-\d\d-\d\d$/,
	email: /^[^@\s]+@[^@\s]+$/,
};
const known = ['$ref', 'type', 'format', 'properties', 'required', 'items',
	'oneOf', 'enum', 'additionalProperties', 'description', 'examples',
	'const', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'readOnly'];

// Returns the errors of a value as a list of sentences.
export function flaws(document, schema, value, at = 'answer') {
	const strange = Object.keys(schema).filter((key) => !known.includes(key));
	if (strange.length)
		return [`${at}: this checker does not know ${strange}`];
	if (schema.$ref) {
		const target = schema.$ref.slice(2).split('/')
			.reduce((o, key) => o?.[key], document);
		return target ? flaws(document, target, value, at)
			: [`${at}: ${schema.$ref} leads nowhere`];
	}
	const out = [];
	if (schema.type && ![schema.type].flat().some((t) => kinds[t](value)))
		out.push(`${at} is ${JSON.stringify(value)}, not ${schema.type}`);
	if (schema.enum && !schema.enum.includes(value))
		out.push(`${at} is ${JSON.stringify(value)}, none of ${schema.enum}`);
	if ('const' in schema && schema.const !== value)
		out.push(`${at} is not ${schema.const}`);
	if (schema.oneOf && schema.oneOf.filter((one) =>
		flaws(document, one, value, at).length === 0).length !== 1)
		out.push(`${at} is not exactly one of its kinds`);
	if (schema.format && typeof value === 'string' &&
	    !formats[schema.format]?.test(value))
		out.push(`${at} is ${value}, not a ${schema.format}`);
	if (typeof value === 'number' && (value > (schema.maximum ?? Infinity) || value < (schema.minimum ?? -Infinity)))
		out.push(`${at} is ${value}, not within ${schema.minimum} and ${schema.maximum}`);
	if (Array.isArray(value) && (value.length > (schema.maxItems ?? Infinity) || value.length < (schema.minItems ?? 0)))
		out.push(`${at} has ${value.length} items`);
	if (Array.isArray(value) && schema.items)
		value.forEach((item, i) =>
			out.push(...flaws(document, schema.items, item, `${at}[${i}]`)));
	if (kinds.object(value) && schema.properties) {
		for (const name of schema.required ?? [])
			if (!(name in value))
				out.push(`${at}.${name} is missing`);
		for (const [name, inner] of Object.entries(schema.properties))
			if (name in value)
				out.push(...flaws(document, inner, value[name],
					`${at}.${name}`));
		for (const name of Object.keys(value))
			if (!(name in schema.properties) && !schema.additionalProperties)
				out.push(`${at}.${name} is not documented`);
	}
	for (const [name, inner] of Object.entries(kinds.object(value)
		&& schema.additionalProperties ? value : {}))
		if (!(name in (schema.properties ?? {})))
			out.push(...flaws(document, schema.additionalProperties, inner, `${at}.${name}`));
	return out;
}

// Returns the duplicate members of objects in a JSON text, at any level. JSON.parse() silently keeps the last
// duplicate.
export function duplicates(text) {
	const open = [], out = [];
	for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
		if (token === '{' || token === '[')
			open.push(new Set());
		else if (token === '}' || token === ']')
			open.pop();
		else if (colon && open.at(-1).size === open.at(-1).add(JSON.parse(string)).size)
			out.push(string);
	}
	return out;
}
