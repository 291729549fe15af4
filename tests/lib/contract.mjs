// The contract that the OpenAPI document defines, as lines that are compared with the lines of the last release.
//
// A line that begins with "has" must remain: an operation, a parameter, a status, a field of a row, or a type or a
// value that a body may have. A line that begins with "only" must not be added to an existing operation or field. It
// describes a member that a body requires, a type that a field of a row can have, or a maximum text length.

const typesOf = (document, schema, seen = []) => {
	if (schema.$ref) {
		const name = schema.$ref.split('/').at(-1), named = document.components.schemas[name];
		// A named schema for a plain string or number is the same type to clients.
		if (['string', 'integer', 'number', 'boolean'].includes(named.type))
			return typesOf(document, named, seen);
		return [name.includes('.') || seen.includes(name) ? name : `${name}:${typesOf(document, document.components.schemas[name], [...seen, name]).join('/')}`];
	}
	if (schema.const !== undefined)
		return [JSON.stringify(schema.const)];
	if (schema.oneOf)
		return schema.oneOf.flatMap((one) => typesOf(document, one, seen));
	if (schema.enum)
		return [...new Set([schema.type ?? 'string'].flat())];
	const types = [schema.type ?? 'any'].flat();
	return types.map((type) => type === 'array' && schema.items ? `[${typesOf(document, schema.items, seen).join('|')}]`
		: schema.format && type !== 'null' ? `${type}(${schema.format})` : type);
};

// Returns the members of an object, including nested ones.
function* members(schema, at) {
	for (const [name, inner] of Object.entries(schema.properties ?? {})) {
		yield [`${at}.${name}`, inner, (schema.required ?? []).includes(name)];
		const object = inner.items ?? inner;
		if (object.properties)
			yield* members(object, `${at}.${name}${inner.items ? '[]' : ''}`);
	}
}

function* taken(document, schema, at) {
	for (const [path, inner, required] of members(schema, at)) {
		for (const type of typesOf(document, inner))
			yield `has ${path} takes ${type}`;
		for (const value of (inner.enum ?? []).filter((v) => v !== null))
			yield `has ${path} takes the value ${JSON.stringify(value)}`;
		if (inner.maxLength)
			yield `only ${path} at most ${inner.maxLength}`;
		if (required)
			yield `only ${path} required`;
	}
}

function* given(document, schema, at) {
	for (const [path, inner] of members(schema, at)) {
		yield `has ${path}`;
		for (const type of typesOf(document, inner))
			yield `only ${path} can be ${type}`;
	}
}

function* operation(document, at, one) {
	yield `has ${at}`;
	for (const { name, in: place, required } of one.parameters ?? []) {
		yield `has ${at} ${place} ${name}`;
		if (required)
			yield `only ${at} ${place} ${name} required`;
	}
	for (const [type, { schema }] of Object.entries(one.requestBody?.content ?? {})) {
		yield `has ${at} body ${type}`;
		for (const name of schema.required ?? [])
			yield `only ${at} body.${name} required`;
		for (const part of [schema, ...schema.allOf ?? [], ...schema.oneOf ?? []])
			if (part.$ref)
				yield `has ${at} body takes ${part.$ref.split('/').at(-1)}`;
		yield* taken(document, schema, `${at} body`);
	}
	for (const [status, rs] of Object.entries(one.responses ?? {})) {
		if (!/^2/.test(status))
			continue;
		yield `has ${at} returns ${status}`;
		for (const [type, { schema }] of Object.entries(rs.content ?? {})) {
			for (const of of typesOf(document, schema ?? {}))
				yield `only ${at} returns ${status} ${type} ${of}`;
			yield* given(document, schema?.items ?? schema ?? {}, `${at} ${status}`);
		}
	}
}

/** Returns the lines of a document, in order. */
export function contractOf(document) {
	const lines = new Set();
	for (const [path, methods] of Object.entries(document.paths))
		for (const [method, one] of Object.entries(methods))
			for (const line of operation(document, `${method.toUpperCase()} ${path}`, one))
				lines.add(line);
	for (const [event, { post }] of Object.entries(document.webhooks ?? {}))
		lines.add(`has webhook ${event} ${post.requestBody.content['application/json'].schema.$ref.split('/').at(-1)}`);
	for (const [name, schema] of Object.entries(document.components.schemas)) {
		if (/[.](filter|sort|fields)$/.test(name))
			for (const member of Object.keys(schema.properties ?? {}).concat(schema.items?.enum ?? [], schema.prefixItems?.[0]?.enum ?? []))
				lines.add(`has ${name} ${member}`);
		else
			for (const line of (name.endsWith('.input') ? taken : given)(document, schema, name))
				lines.add(line);
	}
	return [...lines].sort();
}

// Returns the subject of a line: the operation, the parameter or the field.
const subject = (line) => line.replace(/^(has|only) /, '').replace(/ (required|at most \d+|can be .*|takes .*|returns \d+ .*)$/, '');

// A type such as "any" or "object" promises nothing about the members of a value, so a more exact type is compatible.
const OPEN = / (?:takes|can be|returns \d+ \S+) (?:any|object|\[any\]|\[object\]|Object:object|Objects:\[object\])$/, SCALAR = / (?:any|null|(?:string|integer|number|boolean)(?:\(\w+\))?)$/;
const withoutType = (line) => line.replace(/ (takes|can be|returns \d+ \S+) .*$/, ' $1');

/** Returns the lines that make a contract incompatible with the previous one: "gone LINE" and "new LINE". */
export function breaks(before, after) {
	const was = new Set(before), is = new Set(after);
	const there = new Set(before.map(subject)), limit = (line) => Number(/ at most (\d+)$/.exec(line)?.[1] ?? 0);
	const limits = new Map(before.filter(limit).map((line) => [subject(line), limit(line)]));
	const objects = (line) => /^only (\S+ \S+) body\./.exec(line)?.[1];
	// A member without a list of values accepts any text.
	const value = / takes the value .*$/, valued = new Set(after.filter((line) => value.test(line)).map((line) => line.replace(value, '')));
	const taken = (line) => value.test(line) && !valued.has(line.replace(value, '')) && is.has(line.replace(value, ' takes string'));
	const opened = new Set(before.filter((line) => OPEN.test(line)).map(withoutType)), openBodies = before.filter((line) => OPEN.test(line)).map(subject);
	const exact = new Set(after.filter((line) => !SCALAR.test(line)).map(withoutType));
	const bodies = new Set(before.map((line) => /^has (\S+ \S+ body)(?:[.]| takes)/.exec(line)?.[1]));
	for (const [, body] of before.map((line) => /^has (\S+ \S+ body) \w+[/]/.exec(line)).filter(Boolean))
		if (!bodies.has(body))	// an object of any members
			openBodies.push(body);
	const inside = (line) => openBodies.some((at) => [`${at}.`, `${at}[]`].some((begin) => subject(line).startsWith(begin)));
	return [
		...before.filter((line) => line.startsWith('has ') && !is.has(line) && !taken(line) && !(OPEN.test(line) && exact.has(withoutType(line)))).map((line) => `gone ${line}`),
		...after.filter((line) => line.startsWith('only ') && !was.has(line)
			&& (there.has(subject(line)) || / required$/.test(line) && there.has(objects(line) ?? subject(line).replace(/[.][^.]*$/, '')))
			&& !opened.has(withoutType(line)) && !inside(line)
			&& !(limit(line) && limits.get(subject(line)) < limit(line))).map((line) => `new ${line}`),
	];
}
