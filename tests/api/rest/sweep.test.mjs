// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts the workers.
// Every body property and every parameter of every operation in the OpenAPI document is omitted, and sent as null, with
// a wrong type, empty and huge, as every role. No response may be 500, 502 or 504 or contain a PostgreSQL message, and
// no worker may be lost.
//
// SWEEP=full sends each value as each role: 2.2 million requests. In the "long" suite, each value is sent as one role:
// 320,000 requests. Otherwise, values also alternate, each property is sent only with the required properties, and a
// third of the operations is included: 5,200 requests. The rotation begins at the number SWEEP (default: the day), so a
// week of "long" sends each value as each role.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { LONG, ask, openapi, operations, owner, person, sql, workersStarted } from '../../lib/api.mjs';
import { rowsOf, sample } from '../../lib/rows.mjs';

const SWEEP = process.env.SWEEP || Math.floor(Date.now() / 864e5);
const FULL = SWEEP === 'full', ALL = FULL || LONG;
const ROLES = ['owner', 'admin', 'member', 'viewer', 'portal', 'operator', 'nobody'];
const AT_ONCE = 8;

// Values for members of bodies, as JSON.
const HUGE = JSON.stringify('x'.repeat(100000));
const VALUES = ['true', '0', '-1.5', '1e300', '9223372036854775807', '"x"', '""', '" "', '"{"', '"1e400000"', HUGE,
	'[]', '[null]', '["x"]', '[[]]', '[{}]', `[${'1,'.repeat(5000)}1]`, '['.repeat(30) + ']'.repeat(30),
	'{}', '{"":null}', '{"x":null}', '{"id":null}', `{${HUGE}:1}`];
// Values for parameters, as plain texts.
const TEXTS = ['', '0', '-1', '1.5', '99999999999999999999', 'x', ' ', '\0', '😀', '"', 'null', '[]', '[null]', '[[]]', '["id",null]',
	'[0,null]', '{}', '{"":null}', '{"id":null}', '{"id@in":null}', '{"@or":null}', '{"q":null}', 'x'.repeat(5000)];

// PostgreSQL messages, which are meaningless to a client.
const POSTGRES = new RegExp(['invalid input (syntax|value)', 'violates ', '(value|integer|bigint|smallint|timestamp|") (is )?out of range',
	'(relation|column|function|operator|type|role|constraint) "?\\S+ does not exist', 'permission denied', 'row-level', 'null value in', 'unterminated',
	'cannot (be )?(cast|extract|call|get|deconstruct|subscript)', 'malformed (array|record|range)', 'jsonb? ', 'pg_', 'PL/pgSQL', 'syntax error at'].join('|'));

// These operations end the callers' sessions or permissions, so they come last.
const LAST = /sign-out|revoke|delete-user|staff_policy|ban-user|leave|remove|\/delete$/;

let boss, rows, document, started;
const callers = {};
// The number of requests per role, and the number that passed the checks of session, role and rate limit.
const sent = Object.fromEntries(ROLES.map((role) => [role, { all: 0, let: 0 }]));

// Creates a user in the organization.
async function join(role) {
	if (role === 'nobody')
		return {};
	const who = await person();
	const invite = await ask('POST', '/api/invites', { token: boss.token, body: { role: role === 'operator' ? 'admin' : role } });
	assert.equal(invite.status, 201, invite.text);
	const rs = await ask('POST', '/api/auth/organization/accept-invitation',
		{ token: who.token, body: { invitationId: invite.json.token } });
	assert.equal(rs.status, 200, rs.text);
	if (role === 'operator')
		sql(`UPDATE identity."user" SET role = 'admin' WHERE id = '${who.user.id}'`);
	return { token: rs.headers['set-auth-token'] };
}

before(async () => {
	boss = await owner('Sweep');
	rows = await rowsOf(boss, 'sweep');
	document = await openapi();
	for (const role of ROLES)
		callers[role] = await join(role);
	started = await workersStarted();
});

function resolve(schema) {
	if (schema.$ref)
		return resolve(schema.$ref.slice(2).split('/').reduce((at, key) => at[key], document));
	return schema.allOf ? { ...resolve(schema.allOf[0]), required: schema.required } : schema;
}

// Returns a value that the operation may accept. Most IDs do not refer to a row.
function plausible(name, schema) {
	const of = name.match(/^(\w+)_id$/)?.[1];
	if (of)
		return rows[`${of}s`]?.id ?? 1;
	if (name === 'id')
		return 1;
	if (/^(ids|loserIds)$/.test(name))
		return [1];
	if (name === 'filter')
		return { id: [1] };
	if (/email/i.test(name))
		return 'somebody@sweep.test';
	if (schema.enum)
		return schema.enum[0];
	switch ([schema.type].flat()[0]) {
	case 'boolean': return name === 'delete';
	case 'integer':
	case 'number': return 1;
	case 'array': return [];
	case 'object': return {};
	default: return 'x';
	}
}

const texts = (body) => Object.entries(body).map(([name, value]) => [name, JSON.stringify(value)]).filter(([, text]) => text);
const written = (members) => `{${[...members].map(([name, text]) => `${JSON.stringify(name)}:${text}`)}}`;

// Yields the members that accompany a property: the required members, each other member with the required members, and
// all members.
function* surroundings({ resource, method }, schema) {
	const all = Object.entries(schema.properties).map(([name, one]) => [name, JSON.stringify(plausible(name, one))]);
	const needed = all.filter(([name]) => schema.required?.includes(name));
	if (resource) {
		yield method === 'POST' ? texts(sample(resource, 'sweep', rows)) : [];
		return;
	}
	yield needed;
	for (const one of all)
		if (!needed.includes(one))
			yield [...needed, one];
	if (all.length > needed.length + 1)
		yield all;
}

// Returns some of the values. They are different in each call.
const FIRST = FULL ? 0 : Number(SWEEP);
let turn = ALL ? 0 : FIRST;
function* some(values, n) {
	for (let i = 0; i < (ALL ? values.length : n); i++)
		yield values[turn++ % values.length];
}

// Bodies with members that the schema does not describe, because they can have any type.
const NESTED = {
	'POST /api/batch': () => ({ operations: [{ method: 'PATCH', resource: 'tags', id: rows.tags.id, data: { name: 'x' }, if_match: '*' },
		{ method: 'POST', resource: 'contacts', data: { last_name: 'x', tags: [{ $ref: 0 }], company_id: { $ref: 0 } } }] }),
	'POST /mcp': () => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'find', arguments: { resource: 'tags', filter: { id: 1 } } } }),
	'POST /api/assistant/chat': () => ({ messages: [{ role: 'user', content: 'x' }] }),
	'POST /api/assistant/tools/{id}': () => ({ resource: 'tags', filter: { id: 1 }, fields: ['id'] }),
	'POST /api/inbound/postmark': () => ({ FromFull: { Email: 'a@b.test', Name: 'x' }, ToFull: [{ Email: 'c@d.test', Name: 'y' }], Subject: 'x',
		TextBody: 'x', Attachments: [{ Name: 'x', Content: 'eA==', ContentType: 'text/plain', ContentLength: 1 }] }),
	'POST /api/auth/passkey/verify-registration': () => ({ response: { id: 'eA', rawId: 'eA', type: 'public-key',
		response: { clientDataJSON: 'eyJ9', attestationObject: 'eA', transports: ['usb'] }, clientExtensionResults: {} }, name: 'x' }),
	'POST /api/auth/passkey/verify-authentication': () => ({ response: { id: 'eA', rawId: 'eA', type: 'public-key',
		response: { clientDataJSON: 'eyJ9', authenticatorData: 'eA', signature: 'eA', userHandle: 'eA' }, clientExtensionResults: {} } }),
	'POST /api/auth/organization/update-role': () => ({ roleName: 'x', data: { roleName: 'y', permission: { contacts: ['read'] } } }),
	'POST /api/auth/organization/update': () => ({ data: { name: 'Sweep', slug: 'sweep', logo: null, metadata: { a: 1 } } }),
	'POST /api/cost_calculations/preview': () => ({ scenarios: [{ name: 'x', inputs: rows.cost_calculations.inputs }] }),
	'POST /api/automation_dry_run': () => ({ resource: 'contacts', id: rows.contacts.id, changes: { title: 'x' },
		rule: sample('automation_rules', 'sweep', rows) }),
	'POST /api/user_payouts/statement': () => ({ entries: [{ reference: 'x', amount: 1, currency: 'EUR', booked_on: '2026-01-31' }] }),
	'PATCH /api/imports/{id}': () => ({ mapping: ['first_name', null], mode: 'create' }),
	'POST /api/data_mappings/preview': () => ({ resource: 'contacts', fields: [{ target: 'last_name', source: 'a' }], rows: [{ a: 'x' }] }),
};

// Yields copies of a value with a different value at one position inside it.
const MARK = '"\\u0001"';
function* changed(value) {
	if (typeof value !== 'object' || value === null)
		return;
	for (const key of Object.keys(value)) {
		const put = (inner) => Array.isArray(value) ? value.map((one, i) => i === Number(key) ? inner : one) : { ...value, [key]: inner };
		yield put('\u0001');
		for (const inner of changed(value[key]))
			yield put(inner);
	}
}

function* inside(value) {
	for (const one of changed(value)) {
		const text = JSON.stringify(one);
		for (const other of ALL ? ['null', ...some(VALUES)] : some(['null', ...VALUES], 1))
			yield text.replace(MARK, other.replaceAll('$', '$$$$'));
	}
}

function* bodies(one) {
	const content = one.operation.requestBody?.content['application/json'];
	if (!content)
		return;
	const schema = resolve(content.schema), nested = NESTED[`${one.method} ${one.path}`];
	yield* ['null', '[]', '1', '{}'];
	if (nested)
		yield* inside(nested());
	else if (one.resource)
		yield* inside(one.method === 'POST' ? sample(one.resource, 'sweep', rows) : rows[one.resource]);
	if (!schema.properties)
		return;
	const around = [...surroundings(one, schema)].slice(0, ALL ? Infinity : 1);
	for (const name of Object.keys(schema.properties))
		for (const members of around) {
			const rest = new Map(members);
			rest.delete(name);
			yield written(rest);
			for (const text of ['null', ...some(VALUES, 1)])
				yield written(rest.set(name, text));
		}
}

const known = (path) => rows[path.split('/').filter((word) => word !== 'crm')[2]]?.id ?? 1;

// Returns the address of the request with one of the parameters.
function address({ method, path }, parameter, text) {
	const headers = {};
	let at = path.replace(/\{\w+\}/, (word) => parameter?.in === 'path' ? encodeURIComponent(text)
		: method === 'DELETE' ? '1' : word === '{id}' ? known(path) : 'x');
	if (parameter?.in === 'query')
		at += `?${parameter.name}=${encodeURIComponent(text)}`;
	if (parameter?.in === 'header')
		headers[parameter.name] = encodeURIComponent(text);
	return { at, headers };
}

// Yields all requests, as functions.
function* requests() {
	const all = operations(document).filter((_, i) => ALL || i % 3 === FIRST % 3);
	for (const last of [false, true])
		for (const one of all.filter(({ path }) => LAST.test(path) === last)) {
			const body = one.operation.requestBody ? '{}' : undefined;
			for (const parameter of one.operation.parameters)
				for (const text of some(TEXTS, 1))
					yield { ...one, ...address(one, parameter, text), body };
			for (const text of new Set(bodies(one)))
				yield { ...one, ...address(one), body: text };
		}
}

// Replaces a user who can no longer sign in with a new user, as long as the owner can invite users.
async function alive(role) {
	const signedIn = async ({ token }) => (await ask('GET', '/api/auth/get-session', { token })).text !== 'null';
	if (!await signedIn(callers[role]) && await signedIn(boss))
		callers[role] = await join(role);
}

async function send({ method, path, at, headers, body, operation }, role) {
	const rs = await ask(method, at, { token: callers[role].token, headers, body });
	sent[role].all++;
	sent[role].let += ![401, 403, 429, 503].includes(rs.status) || rs.json?.type === '/problems/permission';
	const about = `${role} ${method} ${at.slice(0, 200)} ${String(body).slice(0, 300)}: ${rs.status} ${rs.text.slice(0, 500)}`;
	if (rs.status === 401 && role !== 'nobody' && operation['x-needs'] !== 'anyone')
		await alive(role);
	if ([500, 502, 504].includes(rs.status) || POSTGRES.test(rs.json?.detail ?? rs.json?.message))
		return [`${method} ${path}`, about];
}

test('each nested body belongs to an operation', () => {
	assert.deepEqual(Object.keys(NESTED).filter((name) => !operations(document).some(({ method, path }) => name === `${method} ${path}`)), []);
});

test('no value of a property or a parameter breaks the server', async () => {
	console.log(`# say SWEEP=${SWEEP}`);
	const left = requests(), failed = new Map();
	let n = FIRST;
	await Promise.all(Array.from({ length: AT_ONCE }, async () => {
		for (const one of left)
			for (const role of FULL ? ROLES : [ROLES[n % ROLES.length]]) {
				n++;
				const found = await send(one, role);
				if (found && !failed.has(found[0]))
					failed.set(...found);
			}
	}));
	assert.deepEqual([...failed.values()], []);
	for (const [role, { all, let: through }] of Object.entries(sent)) {
		assert.ok(all > 400, `${role}: ${all} requests`);
		assert.ok(through > (role === 'nobody' ? 0.05 : 0.8) * all, `${role}: ${through} of ${all} requests were let through`);
	}
	assert.equal(await workersStarted(), started, 'a worker died');
});
