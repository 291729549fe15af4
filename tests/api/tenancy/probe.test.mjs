// stack: TENANTRY_MCP_SQL=on SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PROVIDERS=idp TENANTRY_PROVIDER_IDP_ISSUER=https://idp.test TENANTRY_PROVIDER_IDP_CLIENT_ID=x
// A user of organization B calls every documented operation with every ID of organization A, in every place where an ID
// can occur. The response must be the same as for a missing row, byte for byte and in the same time.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, checksum, long, openapi, operations, owner, person, query, sql }
	from '../../lib/api.mjs';
import { everywhere, missing, references, rowsOf, sample } from '../../lib/rows.mjs';

const CANARY = 'canaryofa7734';
const MISSING = 9007199254740001;
const NOBODY = '7f3d2c1a-5b6e-4f70-8a91-b2c3d4e5f607';
let a, b, rowsA, rowsB, document, untouched, teamB;

before(async () => {
	a = await owner('Aaa');
	b = await owner('Bbb');
	rowsA = await rowsOf(a, CANARY);
	rowsB = await rowsOf(b, 'plain');
	document = await openapi();
	untouched = ofA();
});

// Returns all rows of organization A, including rows about it outside the crm schema.
function ofA() {
	return checksum((table, key) => key
		? `${key} = '${a.organization}'` : table === 'identity.organization'
			? `id = '${a.organization}'` : 'false');
}

// Checks that the response contains nothing of A.
function safe(rs, about) {
	const bytes = rs.text + JSON.stringify(rs.headers);
	for (const secret of [CANARY, a.organization, a.slug, a.email, a.user.id])
		assert.ok(!bytes.includes(secret), `${about} shows ${secret}: ${rs.text}`);
}

// Returns the response without parts that differ between requests, such as headers of a connection that nginx closes.
function bytes(rs) {
	const id = rs.headers['x-request-id'];
	const { date, connection, 'x-request-id': _, ...headers } = rs.headers;
	return JSON.stringify([rs.status, headers,
		rs.text.replaceAll(id, 'REQUEST')]);
}

// Checks that a call with an ID of A and a call with a missing ID return the same response.
async function alike(about, call, theirs, none) {
	const real = await call(theirs), fake = await call(none);
	safe(real, about);
	assert.equal(bytes(real).replaceAll(String(theirs), 'ID'),
		bytes(fake).replaceAll(String(none), 'ID'), about);
	return real;
}

function asB(method, url, body) {
	return ask(method, url, { token: b.token, body });
}

function bodyFor(operation, resource) {
	return operation.requestBody ? sampleOf(resource) : undefined;
}

let users = 0;

// Identifiers from a message channel, which do not refer to rows.
const words = ['thread_id', 'external_id', 'external_ids'];

// Returns a body that would be accepted if the row belonged to B.
function sampleOf(resource) {
	if (resource === 'configuration')
		return { config: { ...rowsB.configuration.config, title: 'probe' } };	// includes the existing stages
	if (resource === 'sales')
		return { first_name: 'Probe', email: `probe.${++users}@b.test` };
	return sample(resource, 'probe', rowsB);
}

const withRows = () => operations(document).filter((o) => o.resource);

test('A and B have a row of every resource, and A\'s rows contain a canary', () => {
	for (const { resource, path } of withRows()) {
		assert.ok(rowsA[resource], `no row of A for ${path}`);
		assert.ok(rowsB[resource], `no row of B for ${path}`);
	}
	for (const resource of Object.keys(rowsA))
		for (const path of [`/api/${resource}`, `/api/${resource}/{id}`])
			assert.ok(document.paths[path]?.get, `${path} is not documented`);
});

test('an ID of A in the path gets the same response as a missing ID', async () => {
	for (const { method, path, operation, resource, one } of withRows()) {
		if (!one || everywhere.includes(resource))
			continue;
		const call = (id) => asB(method, path.replace('{id}', id),
			bodyFor(operation, resource));
		const rs = await alike(`${method} ${path}`, call,
			rowsA[resource].id, missing(resource));
		assert.deepEqual([rs.status, rs.json.code], [404, 'not_found'], `${method} ${path} ${rs.text}`);
	}
});

test('deleted rows of another organization get the same response as missing rows', async () => {
	const c = await owner('Ccc');
	const rowsC = await rowsOf(c, CANARY);
	const trashed = withRows().filter((o) => o.operation.parameters.some((p) => p.name === 'include' && p.schema.enum.includes('deleted')));
	const lists = trashed.filter(({ one }) => !one);
	assert.ok(lists.length > 15 && trashed.length === 2 * lists.length, 'a list and a row of each');
	for (const { path, resource } of lists.filter(({ other }) => !other))
		await ask('DELETE', `${path}/${rowsC[resource].id}`, { token: c.token });
	for (const { path, resource, one } of trashed) {
		const { id } = rowsC[resource];
		const url = one ? path.replace('{id}', id) : path;
		const mine = await ask('GET', url + query({ include: 'deleted' }), { token: c.token });
		assert.ok(mine.status === 200 && mine.text.includes(String(id)), `${url}: ${mine.text}`);
		if (one) {
			const rs = await alike(url, (n) => asB('GET', path.replace('{id}', n) + query({ include: 'deleted' })), id, MISSING);
			assert.equal(rs.status, 404, url);
		} else {
			for (const filter of [{}, { id: [id] }, { 'deleted_at@not.is': null }, { deleted_by: c.me.id }])
				safe(await asB('GET', url + query({ include: 'deleted', filter, range: [0, 999] })), url);
		}
	}
});

test('IDs of A in the filter of a bulk change have no effect', async () => {
	for (const { method, path, operation, resource, one } of withRows()) {
		if (one || !['PATCH', 'DELETE'].includes(method) ||
		    everywhere.includes(resource))
			continue;
		const rs = await alike(`${method} ${path}`, (id) =>
			asB(method, path + query({ filter: { id: [id] } }),
				bodyFor(operation, resource)),
		rowsA[resource].id, missing(resource));
		assert.deepEqual(rs.json, []);
	}
});

// Returns the IDs of the rows that B can read.
async function own(resource) {
	const rs = await asB('GET', `/api/${resource}`
		+ query({ range: [0, 999] }));
	return rs.json.map((row) => row.id);
}

function operatorsFor(value) {
	const text = typeof value === 'object' ? JSON.stringify(value)
		: String(value);
	return [['', value], ['@eq', value], ['@neq', value], ['@gt', value],
		['@gte', value], ['@lt', value], ['@lte', value], ['@ilike', text],
		['@like', text], ['@in', [value]], ['@in', `(${text})`],
		['@not.eq', value], ['@not.in', [value]], ['@is', null],
		['@not.is', null], ['@cs', value], ['@cs', `{${text}}`],
		['@cd', value], ['@ov', value]];
}

// Checks that a list with a filter, as B reads it, contains only rows of B, and that the total counts no others.
// Returns false if the filter is refused.
async function onlyOwn(path, filter, ids) {
	const rs = await asB('GET', path + query({ filter, range: [0, 999] }));
	const about = `${path} ${JSON.stringify(filter)}`;
	safe({ ...rs, text: echoless(rs) }, about);
	if (rs.status !== 200) {
		assert.equal(rs.status, 400, `${about} ${rs.text}`);
		return false;
	}
	for (const row of rs.json)
		assert.ok(ids.has(row.id), about);
	assert.equal(Number(rs.headers['content-range'].split('/')[1]), rs.json.length, about);
	return true;
}

const logs = ['audit_log', 'system_audit_logs', 'user_audit_logs'];

// Each column is tested separately with equality and a quarter of the operators in turn, so that each list is tested
// with all operators. Then, for each operator, all columns that accept it are tested together with the ID.
test('each operator on each column of a list finds only rows of B', async () => {
	for (const { method, path, resource, one, other, file } of withRows()) {
		if (one || other || file || method !== 'GET')
			continue;
		const ids = new Set(await own(resource)), { id } = rowsA[resource];
		const taken = operatorsFor(id).map(() => []);
		await Promise.all(Object.entries(rowsA[resource]).flatMap(([name, value], n) =>
			operatorsFor(value).map(async ([op, given], i) => {
				const filter = { [name + op]: given };
				if ((i === 0 || (n + i) % 4 === 0) && await onlyOwn(path, filter, ids))
					taken[i].push(filter);
			})));
		assert.ok(taken[0].length > 0, `${path} takes no filter`);
		// A log refuses "@or", which no index supports.
		const log = logs.includes(resource), word = log ? '@and' : '@or';
		for (const filters of taken)
			for (let at = 0; at < filters.length; at += 10) {
				const some = filters.slice(at, at + 10), all = Object.assign({}, ...some);
				assert.ok(await onlyOwn(path, { [word]: [...some, { id }] }, ids), path);
				assert.ok(await onlyOwn(path, { [word]: all }, ids), path);
				assert.equal(await onlyOwn(path, { '@or': all }, ids), !log, path);
			}
	}
});

// Only successful responses are checked, because an error may repeat the input.
const echoless = (rs) => rs.status === 200 ? rs.text : '';

test('searches, sorts and pages count only rows of B', async () => {
	for (const { method, path, resource, one, file } of withRows()) {
		if (one || file || method !== 'GET')
			continue;
		const ids = await own(resource);
		let rs = await asB('GET', path + query({ filter: { q: CANARY } }));
		if (rs.status === 200)
			assert.equal(rs.text, '[]', path);
		for (const name of Object.keys(rowsA[resource]))
			for (const order of ['ASC', 'DESC']) {
				rs = await asB('GET', path + query({ sort: [name, order],
					range: [0, 999] }));
				safe(rs, `${path} by ${name}`);
				if (rs.status === 200)
					assert.deepEqual(rs.json.map((row) => row.id).sort(),
						[...ids].sort());
			}
		rs = await asB('GET', path + query({ range: [500, 999] }));
		assert.match(rs.headers['content-range'],
			new RegExp(`/${ids.length}$`));
	}
});

test('exports contain only rows of B', async () => {
	for (const { path, resource, file } of withRows()) {
		if (!file)
			continue;
		const ids = await own(resource);
		for (const format of ['csv', 'ndjson', 'vcard']) {
			const rs = await asB('GET', path + query({ format }));
			safe(rs, `${path} as ${format}`);
			assert.equal(rs.status, format === 'vcard' && resource !== 'contacts' ? 400 : 200);
			if (format === 'ndjson')
				assert.equal(rs.text.split('\n').length - 1, ids.length, path);
		}
		const rs = await asB('GET', path + query({ format: 'ndjson',
			filter: { id: [rowsA[resource].id, missing(resource)] } }));
		if (!everywhere.includes(resource))
			assert.equal(rs.text, '', path);
	}
});

test('the organization of A in the query string is refused', async () => {
	for (const { method, path, operation, resource, one } of withRows()) {
		const url = one ? path.replace('{id}', rowsA[resource].id) : path;
		const rs = await alike(`${method} ${path}?orgId`, (id) =>
			asB(method, url + query({ orgId: id, ...(one ||
				['GET', 'POST'].includes(method) ? {}
				: { filter: { id: [rowsA[resource].id] } }) }),
			bodyFor(operation, resource)), a.organization, NOBODY);
		assert.equal(rs.status, 403, `${method} ${path} ${rs.text}`);
	}
});

test('a row of B cannot refer to a row of A', async () => {
	let tried = 0;
	for (const { method, path, operation, resource, one } of withRows()) {
		if (!operation.requestBody || !(one || method === 'POST'))
			continue;
		const { properties } =
			document.components.schemas[`${resource}.input`];
		for (const name of Object.keys(properties)) {
			const parent = references[name];
			const theirs = { user_id: a.user.id, team_id: rowsA.shares.team_id }[name] ?? rowsA[parent]?.id;
			if (!theirs) {
				assert.ok(!/_ids?$/.test(name) || words.includes(name),
					`what does ${resource}.${name} refer to?`);
				continue;
			}
			const many = [properties[name].type].flat().includes('array');
			const same = sampleOf(resource);
			const call = (id) => asB(method,
				path.replace('{id}', rowsB[resource].id),
				{ ...one ? same : sampleOf(resource), [name]: many ? [id] : id });
			const about = `${method} ${path} ${name}`;
			const real = await call(theirs);
			const fake = await call(typeof theirs === 'string' ? String(MISSING) : MISSING);
			safe(real, about);
			assert.equal(real.status, fake.status, about);
			if (real.status >= 400)
				assert.equal(bytes(real), bytes(fake), about);
			else
				await sameRow(about, real, fake, theirs);
			tried++;
		}
	}
	assert.ok(tried > 20, `only ${tried}`);
});

// Checks that two accepted calls have results that differ only in IDs.
async function sameRow(about, real, fake, theirs) {
	const plain = (rs, id) => rs.text.replaceAll(String(id), 'ID')
		.replaceAll(`${rs.json.id}`, 'OWN')
		.replace(/"\d{4}-\d\d-\d\dT[^"]*"/g, '"TIME"');
	assert.equal(plain(real, theirs), plain(fake, MISSING), about);
}

test('an organization or an ID in the body of a row is ignored or refused', async () => {
	for (const { method, path, operation, resource, one } of withRows()) {
		if (!operation.requestBody || !(one || method === 'POST'))
			continue;
		const url = path.replace('{id}', rowsB[resource].id);
		for (const name of ['org_id', 'organization_id', 'orgId']) {
			const rs = await asB(method, url,
				{ ...sampleOf(resource), [name]: a.organization });
			assert.equal(rs.status, 422, `${method} ${path} ${rs.text}`);
		}
		const rs = await asB(method, url,
			{ ...sampleOf(resource), ...resource === 'tags' && { name: `probe ${method}` }, id: rowsA[resource].id });
		safe(rs, `${method} ${path} id`);
		assert.ok(rs.status < 300 || rs.status === 422, `${method} ${url}: ${rs.text}`);
		if (resource !== 'configuration' && rs.status < 300)
			assert.notEqual(rs.json.id, rowsA[resource].id);
	}
});

// The table "others" lists the operations that are not routes of a resource, and where an ID can occur in their
// requests. "of" is what the ID identifies. If the ID is not in the path, "row" is the resource of B whose row is in
// the path. bySql() builds an MCP request in which B runs SQL that refers to rows of A.
const bySql = (text) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call',
	params: { name: 'query', arguments: { sql: text } } });

const others = {
	'POST /mcp': [
		{ of: 'contact', body: (id) => bySql(`SELECT * FROM contacts WHERE id = ${id}`) },
		{ of: 'contact', body: (id) => bySql(`SELECT c.* FROM (SELECT 1) x
			LEFT JOIN contacts_summary c ON c.id = ${id}`) },
		{ of: 'organization', body: (id) => bySql(`SELECT id FROM contacts WHERE org_id = '${id}'`) },
		{ of: 'organization', body: (id) => bySql(`SELECT set_config('app.org_id', '${id}', true)`) }],
	'GET /.well-known/oauth-protected-resource/mcp': [],
	'GET /live': [], 'GET /health': [], 'GET /ready': [], 'GET /problems': [], 'GET /problems/{name}': [],
	'GET /api/proof-of-work': [],
	'GET /api/openapi.json': [], 'GET /api/init_state': [],
	'GET /api/auth/ok': [], 'GET /api/auth/error': [],
	'POST /api/signup': [], 'POST /api/auth/sign-up/email': [],
	'POST /api/auth/sign-in/email': [], 'POST /api/auth/sign-out': [],
	'POST /api/auth/revoke-sessions': [],
	'POST /api/auth/revoke-other-sessions': [],
	'POST /api/auth/change-password': [],
	'POST /api/auth/organization/create': [], /* slugs are global */
	'GET /api/me': [{ query: 'orgId', of: 'organization' }],
	'GET /api': [{ query: 'orgId', of: 'organization' }],
	'GET /api/catalogue': [{ query: 'orgId', of: 'organization' }],
	'GET /api/modules': [{ query: 'orgId', of: 'organization' }],
	'PUT /api/modules/{id}': [{ query: 'orgId', of: 'organization', body: () => ({ enabled: false }) }],
	'GET /api/signup_policy': [{ query: 'orgId', of: 'organization' }],
	'PUT /api/signup_policy': [{ query: 'orgId', of: 'organization', body: () => ({ enabled: false, tiers: [] }) }],
	/* open to visitors who know the slug (see membership/signup_sessions) */
	'GET /api/signup_sessions/offer': [], 'POST /api/signup_sessions': [], 'POST /api/signup_sessions/resume': [],
	'POST /api/signup_sessions/code': [], 'POST /api/signup_sessions/verify': [], 'PUT /api/signup_sessions/entered': [],
	'POST /api/signup_sessions/complete': [],
	'POST /api/sandboxes': [{ query: 'orgId', of: 'organization', body: () => ({ name: 'Probe' }) }],
	'GET /api/sandbox': [{ query: 'orgId', of: 'organization' }],
	'PUT /api/sandbox': [{ query: 'orgId', of: 'organization', body: () => ({ hosts: [] }) }],
	'POST /api/sandbox/reset': [{ query: 'orgId', of: 'organization' }],
	'GET /api/sandbox/mails': [{ query: 'orgId', of: 'organization' }],
	'GET /api/staff_policy': [{ query: 'orgId', of: 'organization' }],
	'GET /api/configuration/retention': [{ query: 'orgId', of: 'organization' }],
	'GET /api/usage': [{ query: 'orgId', of: 'organization' }],
	'PATCH /api/staff_policy': [{ query: 'orgId', of: 'organization', body: () => ({ idle_minutes: 60 }) }],
	'GET /api/changes': [{ query: 'orgId', of: 'organization' }],
	'GET /api/changes/stream': [{ query: 'orgId', of: 'organization' }],
	'GET /api/events': [{ query: 'user_id', of: 'user' }],
	'GET /api/search': [{ query: 'orgId', of: 'organization' }],
	'POST /api/auth/api-key/create': [
		{ member: 'organizationId', of: 'organization' },
		{ member: 'userId', of: 'user' }],
	'GET /api/auth/token': [{ query: 'orgId', of: 'organization' }],
	'GET /api/auth/jwks': [],
	'GET /api/auth/api-key/get': [{ query: 'id', of: 'key' }],
	'GET /api/auth/api-key/list': [
		{ query: 'organizationId', of: 'organization' }],
	'POST /api/auth/api-key/update': [
		{ member: 'keyId', of: 'key', body: { name: 'x' } }],
	'POST /api/auth/api-key/rotate': [{ member: 'keyId', of: 'key' }],
	'POST /api/auth/api-key/delete': [{ member: 'keyId', of: 'key' }],
	'GET /api/api_keys/requests': [{ query: 'id', of: 'key' }],
	'GET /api/forms': [{ query: 'orgId', of: 'organization' }],
	'POST /api/forms': [{ query: 'orgId', of: 'organization', body: { name: 'x', origins: ['https://x.test'], fields: ['email'] } }],
	'PATCH /api/forms/{id}': [{ path: true, of: 'form', body: { name: 'x' } }],
	'DELETE /api/forms/{id}': [{ path: true, of: 'form' }],
	/* open to visitors with the key, which is not secret (see crm/forms) */
	'GET /api/submissions/{key}': [], 'POST /api/submissions/{key}': [], 'GET /api/submissions/{key}/confirm': [],
	'POST /api/submissions/{key}/confirm': [],
	'GET /api/service_accounts': [{ query: 'orgId', of: 'organization' }],
	'POST /api/service_accounts': [{ query: 'orgId', of: 'organization', body: { name: 'x' } }],
	'PATCH /api/service_accounts/{id}': [{ path: true, of: 'service', body: { name: 'x' } }],
	'DELETE /api/service_accounts/{id}': [{ path: true, of: 'service' }],
	'POST /api/service_accounts/{id}/keys': [{ path: true, of: 'service', body: { name: 'x' } }],
	'PUT /api/api_keys/limit': [{ member: 'id', of: 'key', body: { requests: 1200, seconds: 60 } }],
	'POST /api/trash/{id}/restore': [{ path: true, of: 'trash' }],
	'POST /api/automation_dry_run': [{ member: 'id', of: 'contact',
		body: { resource: 'contacts', rule: { trigger_type: 'contact.created',
			action_type: 'create_note', action_config: { text: 'x' } } } },
	{ query: 'orgId', of: 'organization' }],
	'POST /api/webhooks': [{ query: 'orgId', of: 'organization',
		body: () => ({ url: 'https://hook.test/' }) }],
	'POST /api/webhooks/test': [{ member: 'id', of: 'webhook', body: { url: 'https://127.0.0.1/' } }],
	...Object.fromEntries(['rotate', 'test', 'replay'].map((what) =>
		[`POST /api/webhooks/{id}/${what}`, [{ path: true, of: 'webhook',
			body: what === 'replay' ? { since: '2026-01-01T00:00:00Z' } : {} }]])),
	'POST /api/webhook_deliveries/{id}/replay': [{ path: true, of: 'delivery', body: {} }],
	'POST /api/automation_rules/{id}/dry_run': [
		{ path: true, of: 'rule', body: { resource: 'contacts', id: 1 } }],
	'GET /api/batch': [{ query: 'orgId', of: 'organization', also: { get: '/api/contacts' } },
		{ query: 'get', of: 'contact', as: (id) => `/api/contacts/${id}` },
		{ query: 'get', of: 'organization', as: (id) => `/api/contacts?orgId=${id}` }],
	'POST /api/batch': [
		...['PUT', 'DELETE'].map((method) => ({ of: 'deal', body: (id) => ({
			operations: [{ method, resource: 'deals', id,
				data: { name: 'x' } }] }) })),
		{ of: 'deal', body: (id) => ({ operations: [{ method: 'PATCH',
			resource: 'deals', id, data: {}, if_match: '"x"' }] }) },
		{ of: 'contact', body: (id) => ({ operations: [{ method: 'POST',
			resource: 'tasks', data: { contact_id: id } }] }) },
		{ query: 'orgId', of: 'organization', body: () => ({
			operations: [] }) }],
	'GET /api/access/resources': [{ query: 'orgId', of: 'organization' }],
	'GET /api/access/explain': [{ query: 'orgId', of: 'organization' },
		{ query: 'user', of: 'sale', also: { resource: 'contacts' } }],
	'POST /api/access/view': [{ query: 'orgId', of: 'organization', body: { user_id: 'x', reason: 'x' } },
		{ member: 'user_id', of: 'user', body: { reason: 'x' } }],
	'DELETE /api/access/view': [],
	'GET /api/appointments/conflicts': [{ query: 'orgId', of: 'organization' },
		{ query: 'sales_id', of: 'sale', also: { starts_at: '2000-01-01',
			ends_at: '2099-01-01' } },
		{ query: 'contact_id', of: 'contact', also: { starts_at: '2000-01-01',
			ends_at: '2099-01-01' } }],
	'GET /api/calendar_feeds': [{ query: 'orgId', of: 'organization' }],
	'POST /api/calendar_feeds': [{ query: 'orgId', of: 'organization' }],
	'DELETE /api/calendar_feeds/{id}': [{ path: true, of: 'feed' }],
	'GET /api/message_channels': [{ query: 'orgId', of: 'organization' }],
	'POST /api/message_channels': [{ query: 'orgId', of: 'organization',
		body: { channel: 'sms' } }],
	'DELETE /api/message_channels/{id}': [{ path: true, of: 'feed' }],
	'POST /api/inbound/messages/{token}': [{ path: true, of: 'feed',
		body: { from: '1', body: 'x', external_id: '1' } }],
	'POST /api/tasks/{id}/snooze': [{ path: true, of: 'task',
		body: { minutes: 5 } }],
	'POST /api/invites': [{ query: 'orgId', of: 'organization',
		body: { role: 'member' } }],
	'POST /api/imports': [{ query: 'orgId', of: 'organization' }],
	'PATCH /api/imports/{id}': [{ path: true, of: 'import', body: { mode: 'create' } }],
	'GET /api/imports/{id}/preview': [{ path: true, of: 'import' }],
	'GET /api/imports/{id}/errors': [{ path: true, of: 'import' }],
	'GET /api/imports/{id}/conflicts': [{ path: true, of: 'import' }],
	'POST /api/imports/{id}/check': [{ path: true, of: 'import' }],
	'POST /api/imports/{id}/start': [{ path: true, of: 'import' }],
	'POST /api/imports/{id}/cancel': [{ path: true, of: 'import' }],
	'POST /api/imports/{id}/undo': [{ path: true, of: 'import' }],
	'POST /api/upload': [{ query: 'orgId', of: 'organization' }],
	'GET /uploads/{name}': [], /* anyone who knows the file's name may read the file */
	'POST /api/inbound/mail': [], /* crm/inbound_smtp */
	'POST /api/inbound/postmark': [], /* atomic_crm/inbound */
	'GET /api/invites': [{ query: 'orgId', of: 'organization' }],
	'DELETE /api/invites/{id}': [{ path: true, of: 'invitation' }],
	'GET /api/group_roles': [{ query: 'orgId', of: 'organization' }],
	'POST /api/group_roles': [{ query: 'orgId', of: 'organization',
		body: { provider_id: 'idp', group_name: 'g', role: 'member' } },
		{ member: 'role', of: 'roleName', body: { provider_id: 'idp', group_name: 'g' } }],
	'DELETE /api/group_roles/{id}': [{ path: true, of: 'group' }],
	'PATCH /api/sales/{id}/password': [{ path: true, of: 'sale' },
		{ query: 'orgId', of: 'organization', row: 'sales' }],
	'POST /api/set-password': [{ member: 'token', of: 'invitation',
		body: { password: 'correct horse battery' } }],
	'GET /invite/{token}': [{ path: true, of: 'invitation' }],
	'POST /api/invitation': [{ member: 'token', of: 'invitation' }],
	'POST /api/deals/{id}/move': [{ path: true, of: 'deal', body: { index: 0 } },
		{ member: 'before_id', of: 'deal', row: 'deals' },
		{ member: 'after_id', of: 'deal', row: 'deals' }],
	'POST /api/deals/{id}/unarchive': [{ path: true, of: 'deal' }],
	'POST /api/opportunities/{id}/move': [{ path: true, of: 'deal', body: { index: 0 } },
		{ member: 'before_id', of: 'deal', row: 'opportunities' },
		{ member: 'after_id', of: 'deal', row: 'opportunities' },
		{ member: 'pipeline_id', of: 'pipeline', row: 'opportunities', body: { index: 0 } }],
	'POST /api/opportunities/{id}/unarchive': [{ path: true, of: 'deal' }],
	'GET /api/opportunities/{id}/stages': [{ path: true, of: 'deal' }],
	'GET /api/opportunities/forecast': [{ query: 'pipeline_id', of: 'pipeline' }, { query: 'sales_id', of: 'sale' }],
	'GET /api/opportunities/outcomes': [{ query: 'pipeline_id', of: 'pipeline' }, { query: 'sales_id', of: 'sale' }],
	'GET /api/opportunities/weekly_mail': [{ query: 'orgId', of: 'organization' }],
	'PUT /api/opportunities/weekly_mail': [{ query: 'orgId', of: 'organization', body: () => ({ enabled: false }) }],
	'GET /api/distributor_terms/statement': [{ query: 'principal_id', of: 'company' }, { query: 'distributor_id', of: 'company' }],
	'GET /api/products/{id}/prices': [{ path: true, of: 'product' }],
	'POST /api/membership_queue/claim': [{ query: 'orgId', of: 'organization', body: () => ({}) }],
	'GET /api/membership_queue/{id}/position': [{ path: true, of: 'waiting' }],
	'POST /api/user_memberships/{id}/cancel': [{ path: true, of: 'membership' }],
	'POST /api/user_memberships/{id}/renew': [{ path: true, of: 'membership' }],
	'POST /api/user_agreements/accept': [{ member: 'document_id', of: 'agreement', body: { hash: 'x' } }],
	'POST /api/user_billing_schedules/{id}/waive': [{ path: true, of: 'due' }],
	...Object.fromEntries(['succeed', 'fail', 'cancel', 'retry', 'refund'].map((action) =>
		[`POST /api/user_payments/{id}/${action}`, [{ path: true, of: 'payment' }]])),
	'PUT /api/integration_configs/{id}/secret': [{ path: true, of: 'integration', body: { name: 'key', value: 'x' } }],
	'POST /api/data_mappings/preview': [{ query: 'orgId', of: 'organization', body: () => ({ fields: [], rows: [] }) }],
	'POST /api/cost_calculations/preview': [{ query: 'orgId', of: 'organization', body: () => ({ scenarios: [{ inputs: { currency: 'EUR', quantity: 1, materials: [{ name: 'x', price: 1, quantity_per_unit: 1 }] } }] }) }],
	'GET /api/payment_providers': [{ query: 'orgId', of: 'organization' }],
	'PUT /api/payment_providers/{id}': [{ query: 'orgId', of: 'organization', body: () => ({ key: 'sk_test_1', signing_secret: 'x' }) }],
	'DELETE /api/payment_providers/{id}': [{ query: 'orgId', of: 'organization' }],
	'POST /api/payout_accounts': [{ member: 'member_id', of: 'profile', body: { holder: 'x', iban: 'DE89370400440532013000' } }],
	...Object.fromEntries(['approve', 'reject', 'cancel', 'withdraw'].map((action) =>
		[`POST /api/user_payouts/{id}/${action}`, [{ path: true, of: 'payout' }]])),
	'POST /api/user_payouts/send': [{ member: 'account_id', of: 'payout_account', body: {} }],
	'GET /api/payout_batches/{id}/file': [{ path: true, of: 'batch' }],
	'POST /api/user_payouts/statement': [{ query: 'orgId', of: 'organization', body: () => ({ entries: [] }) }],
	...Object.fromEntries(['submit', 'win', 'lose'].map((action) =>
		[`POST /api/disputes/{id}/${action}`, [{ path: true, of: 'dispute', body: action === 'submit' ? { evidence: 'x' } : {} }]])),
	...Object.fromEntries(['submit', 'withdraw', 'review', 'ask', 'approve', 'reject', 'revoke', 'renew'].map((action) =>
		[`POST /api/kyc_verification/{id}/${action}`, [{ path: true, of: 'verification' }]])),
	'POST /api/user_contacts/{id}/send_code': [{ path: true, of: 'means' }],
	'POST /api/user_contacts/{id}/verify': [{ path: true, of: 'means', body: { code: '123456' } }],
	'POST /api/member_messages/{id}/read': [{ path: true, of: 'letter' }],
	'GET /api/member_messages/unread': [{ query: 'orgId', of: 'organization' }],
	'POST /api/newsfeed_posts/{id}/read': [{ path: true, of: 'post' }],
	'GET /api/report_templates/{id}/run': [{ path: true, of: 'template' }],
	'GET /api/user_profiles/{id}/report': [{ path: true, of: 'profile' }],
	'POST /api/user_profiles/{id}/erase': [{ path: true, of: 'profile', body: { reason: 'x' } }],
	'GET /api/contacts/{id}/report': [{ path: true, of: 'contact' }],
	'POST /api/contacts/{id}/erase': [{ path: true, of: 'contact', body: { reason: 'x' } }],
	'POST /api/contact_holds/{id}/release': [{ path: true, of: 'contact_hold' }],
	'POST /api/legal_holds/{id}/release': [{ path: true, of: 'hold' }],
	'POST /api/tax_forms': [{ member: 'member_id', of: 'profile', body: { year: 2025, kind: 'w9', country: 'FR', legal_name: 'x', identifier: '12345' } }],
	'GET /api/tax_forms/{id}/pdf': [{ path: true, of: 'form' }],
	...Object.fromEntries(['acknowledge', 'resolve', 'dismiss', 'reopen'].map((action) =>
		[`POST /api/admin_alerts/{id}/${action}`, [{ path: true, of: 'alert' }]])),
	'POST /api/admin_alerts/{id}/assign': [{ path: true, of: 'alert', body: { sales_id: 1 } }],
	'POST /api/admin_alerts/claim': [{ query: 'orgId', of: 'organization', body: () => ({}) }],
	'POST /api/kyc_evidence': [{ query: 'verification_id', of: 'verification', also: { kind: 'front' } }],
	'GET /api/kyc_evidence/{id}/content': [{ path: true, of: 'evidence' }],
	'GET /api/deals/{id}/stages': [{ path: true, of: 'deal' }],
	'GET /api/crm/deals/{id}/stages': [{ path: true, of: 'deal' }],
	'POST /api/daily_metrics/recompute': [{ query: 'orgId', of: 'organization',
		body: { days: 1 } }],
	'POST /api/crm/metrics/recompute': [{ query: 'orgId', of: 'organization',
		body: { days: 1 } }],
	'POST /api/configuration/rename-stage': [{ query: 'orgId', of: 'organization',
		body: { from: 'won', to: 'gained' } }],
	...assistant(),
	'POST /api/duplicates/check': [{ member: 'id', of: 'contact',
		body: { resource: 'contacts' } }],
	'POST /api/merge_contacts': pairs(),
	'POST /api/merge_contacts/preview': pairs(),
	'POST /api/field_definitions/{id}/preview': [{ path: true, of: 'field', body: { kind: 'longtext' } }],
	'POST /api/field_definitions/{id}/change': [{ path: true, of: 'field', body: { kind: 'longtext' } }],
	'POST /api/field_definitions/{id}/undo': [{ path: true, of: 'field' }],
	'POST /api/merges/{id}/undo': [{ path: true, of: 'merge' }],
	'POST /api/bulk_changes/{id}/undo': [{ path: true, of: 'bulk' }],
	'GET /api/auth/get-session': [{ query: 'orgId', of: 'organization' }],
	'POST /api/auth/get-session': [],
	'GET /api/auth/list-sessions': [{ query: 'orgId', of: 'organization' }],
	'POST /api/auth/revoke-session': [{ member: 'token', of: 'session' }],
	'POST /api/auth/update-user': [{ member: 'id', of: 'user',
		body: { name: 'Bbb Owner' } }],
	'GET /api/auth/organization/list': [{ query: 'userId', of: 'user' }],
	'POST /api/auth/organization/set-active': [
		{ member: 'organizationId', of: 'organization' },
		{ member: 'organizationSlug', of: 'slug' }],
	'GET /api/auth/organization/get-full-organization': [
		{ query: 'organizationId', of: 'organization' },
		{ query: 'organizationSlug', of: 'slug' }],
	'GET /api/auth/organization/list-members': [
		{ query: 'organizationId', of: 'organization' },
		{ query: 'organizationSlug', of: 'slug' }],
	'POST /api/auth/organization/invite-member': [
		{ member: 'organizationId', of: 'organization',
			body: { email: 'x@people.test', role: 'member' } },
		{ member: 'teamId', of: 'team',
			body: { email: 'x@people.test', role: 'member' } }],
	'POST /api/auth/organization/accept-invitation': [
		{ member: 'invitationId', of: 'invitation' }],
	'POST /api/auth/organization/check-slug': [], /* slugs are global */
	'POST /api/auth/organization/update': [
		{ member: 'organizationId', of: 'organization',
			body: { data: { name: 'Taken' } } }],
	'POST /api/auth/organization/delete': [
		{ member: 'organizationId', of: 'organization' }],
	'GET /api/auth/organization/get-organization': [
		{ query: 'organizationId', of: 'organization' },
		{ query: 'organizationSlug', of: 'slug' }],
	'POST /api/auth/organization/remove-member': [
		{ member: 'memberIdOrEmail', of: 'member' },
		{ member: 'memberIdOrEmail', of: 'email' },
		{ member: 'organizationId', of: 'organization',
			body: { memberIdOrEmail: 'x' } }],
	'POST /api/auth/organization/update-member-role': [
		{ member: 'memberId', of: 'member', body: { role: 'member' } },
		{ member: 'organizationId', of: 'organization',
			body: { memberId: 'x', role: 'member' } }],
	'POST /api/auth/organization/leave': [
		{ member: 'organizationId', of: 'organization' }],
	'GET /api/auth/organization/get-active-member': [
		{ query: 'userId', of: 'user' }],
	'GET /api/auth/organization/get-active-member-role': [
		{ query: 'userId', of: 'user' },
		{ query: 'organizationId', of: 'organization' },
		{ query: 'organizationSlug', of: 'slug' }],
	'POST /api/auth/organization/has-permission': [
		{ member: 'organizationId', of: 'organization',
			body: { permissions: { member: ['create'] } } }],
	'POST /api/auth/organization/reject-invitation': [
		{ member: 'invitationId', of: 'invitation' }],
	'POST /api/auth/organization/cancel-invitation': [
		{ member: 'invitationId', of: 'invitation' }],
	'GET /api/auth/organization/get-invitation': [
		{ query: 'id', of: 'invitation' }],
	'GET /api/auth/organization/list-invitations': [
		{ query: 'organizationId', of: 'organization' }],
	'GET /api/auth/organization/list-user-invitations': [
		{ query: 'userId', of: 'user' }],
	'POST /api/auth/organization/create-role': [
		{ member: 'organizationId', of: 'organization',
			body: { role: 'probe', permission: {} } }],
	'POST /api/auth/organization/update-role': [
		{ member: 'roleId', of: 'role', body: { data: { roleName: 'x' } } },
		{ member: 'roleName', of: 'roleName',
			body: { data: { roleName: 'x' } } },
		{ member: 'organizationId', of: 'organization',
			body: { roleId: 'x', data: { roleName: 'x' } } }],
	'POST /api/auth/organization/delete-role': [
		{ member: 'roleId', of: 'role' },
		{ member: 'roleName', of: 'roleName' },
		{ member: 'organizationId', of: 'organization',
			body: { roleId: 'x' } }],
	'GET /api/auth/organization/list-roles': [
		{ query: 'organizationId', of: 'organization' }],
	'GET /api/auth/organization/get-role': [
		{ query: 'roleId', of: 'role' },
		{ query: 'roleName', of: 'roleName' },
		{ query: 'organizationId', of: 'organization',
			also: { roleId: 'x' } }],
	'POST /api/auth/organization/create-team': [
		{ member: 'organizationId', of: 'organization', body: { name: 'probe' } },
		{ member: 'parentId', of: 'team', body: { name: 'probe' } }],
	'POST /api/auth/organization/update-team': [
		{ member: 'teamId', of: 'team', body: { data: { name: 'x' } } },
		{ member: 'teamId', of: 'team', body: { data: { parentId: null } } },
		{ of: 'organization', body: (id) => ({ teamId: 'x',
			data: { organizationId: id } }) },
		{ of: 'team', body: (id) => ({ teamId: teamB, data: { parentId: id } }) }],
	'POST /api/auth/organization/remove-team': [
		{ member: 'teamId', of: 'team' },
		{ member: 'organizationId', of: 'organization', body: { teamId: 'x' } }],
	'GET /api/auth/organization/list-teams': [
		{ query: 'organizationId', of: 'organization' }],
	'POST /api/auth/organization/set-active-team': [
		{ member: 'teamId', of: 'team' }],
	'GET /api/auth/organization/list-user-teams': [
		{ query: 'userId', of: 'user' },
		{ query: 'organizationId', of: 'organization' }],
	'GET /api/auth/organization/list-team-members': [
		{ query: 'teamId', of: 'team' }],
	'POST /api/auth/organization/add-team-member': [
		{ of: 'team', body: (id) => ({ teamId: id, userId: b.user.id }) },
		{ of: 'user', body: (id) => ({ teamId: teamB, userId: id }) },
		{ member: 'organizationId', of: 'organization',
			body: { teamId: 'x', userId: 'x' } }],
	'POST /api/auth/organization/remove-team-member': [
		{ of: 'team', body: (id) => ({ teamId: id, userId: b.user.id }) },
		{ of: 'user', body: (id) => ({ teamId: teamB, userId: id }) },
		{ member: 'organizationId', of: 'organization',
			body: { teamId: 'x', userId: 'x' } }],
	'GET /api/audit_log/verify': [{ query: 'orgId', of: 'organization' }],
	'GET /api/operations/migrations': [],
	'GET /api/operators/jobs': [], /* operations/roles */
	'GET /api/operators/mail': [{ query: 'recipient', of: 'email' }],
	'POST /api/operators/mail/{id}/retry': [{ path: true, of: 'task' }],
	'GET /api/operations/routes': [],
	'GET /api/operators/console': [],
	'POST /api/operators/console': [{ member: 'organization', of: 'organization', body: { sql: 'SELECT 1' } }],
	'GET /api/operators/jobs/entries': [],
	'GET /api/operators/jobs/{id}/log': [{ path: true, of: 'import' }],
	'POST /api/operators/jobs/{id}/retry': [{ path: true, of: 'import' }],
	'POST /api/operators/jobs/{id}/cancel': [{ path: true, of: 'import' }],
	'GET /api/maintenance': [], /* operations/maintenance */
	'GET /api/whats-new': [], /* data of the user */
	'PUT /api/whats-new': [],
	'PUT /api/checklist/{id}': [{ path: true, of: 'task', body: { state: 'verified' } }],
	'GET /api/operations/checklist': [],
	'GET /api/operators/organizations': [{ query: 'q', of: 'slug' },
		{ query: 'before', of: 'organization' }],
	'POST /api/operators/organizations/{id}/suspend': [
		{ path: true, of: 'organization' }, { path: true, of: 'slug' }],
	'POST /api/operators/organizations/{id}/restore': [
		{ path: true, of: 'organization' }, { path: true, of: 'slug' }],
	'POST /api/operators/link': [{ member: 'token', of: 'session' }],
	'POST /api/operators': [{ member: 'token', of: 'session',
		body: { password: 'correct horse battery', name: 'x' } }],
	'GET /api/auth/list-accounts': [{ query: 'userId', of: 'user' }],
	'POST /api/auth/unlink-account': [{ member: 'accountId', of: 'account' }],
	'POST /api/auth/get-access-token': [{ member: 'accountId', of: 'account' },
		{ member: 'userId', of: 'user', body: { accountId: 'x' } }],
	'POST /api/auth/refresh-token': [{ member: 'accountId', of: 'account' },
		{ member: 'userId', of: 'user', body: { accountId: 'x' } }],
	'GET /api/auth/account-info': [{ query: 'accountId', of: 'account' }],
	'GET /api/auth/passkey/list-user-passkeys': [{ query: 'userId', of: 'user' }],
	'POST /api/auth/passkey/update-passkey': [
		{ member: 'id', of: 'passkey', body: { name: 'x' } }],
	'POST /api/auth/passkey/delete-passkey': [{ member: 'id', of: 'passkey' }],
	'POST /api/auth/update-session': [{ member: 'id', of: 'session' }],
	'POST /api/auth/delete-user': [{ member: 'token', of: 'session' }],
	'GET /api/auth/delete-user/callback': [{ query: 'token', of: 'session' }],
	'GET /api/auth/reset-password/{token}': [{ path: true, of: 'session' }],
	'POST /api/auth/reset-password': [{ member: 'token', of: 'session',
		body: { newPassword: 'correct horse' } }],
	'GET /api/auth/verify-email': [{ query: 'token', of: 'session' }],
	'GET /api/auth/magic-link/verify': [{ query: 'token', of: 'session' }],
	...aboutThemselves(),
	...administration(),
};

// assistant/assistant tests that the model cannot access other data.
function assistant() {
	const org = (body) => [{ query: 'orgId', of: 'organization', body }];
	const at = (name) => `/api/assistant/${name}`;
	return {
		[`GET ${at('status')}`]: org(), [`GET ${at('tools')}`]: org(),
		[`GET ${at('proposals')}`]: org(),
		[`PUT ${at('key')}`]: org({ key: 'x' }), [`DELETE ${at('key')}`]: org(),
		[`PUT ${at('organization_key')}`]: org({ key: 'x' }),
		[`DELETE ${at('organization_key')}`]: org(),
		[`POST ${at('search')}`]: org({ query: CANARY }),
		[`POST ${at('chat')}`]: org({ messages: [{ role: 'user', content: CANARY }] }),
		[`POST ${at('tools/{id}')}`]: [{ path: true, of: 'contact' }],
		[`POST ${at('proposals/{id}/confirm')}`]: [{ path: true, of: 'proposal' }],
		[`DELETE ${at('proposals/{id}')}`]: [{ path: true, of: 'proposal' }],
	};
}

// Pairs a contact of A with a contact of B, in both directions.
function pairs() {
	return [{ member: 'loserId', of: 'contact',
		body: () => ({ winnerId: rowsB.contacts.id }) },
	{ member: 'winnerId', of: 'contact',
		body: () => ({ loserId: rowsB.contacts.id }) }];
}

// Lists the routes about the caller, or about an address that the caller proves, which contain no ID. tests/api/auth/
// tests the separation of users.
function aboutThemselves() {
	const post = ['sign-in/social', 'link-social', 'callback/{id}',
		'passkey/verify-registration', 'passkey/verify-authentication',
		...['enable', 'disable', 'verify-totp', 'verify-backup-code',
			'generate-backup-codes', 'get-totp-uri', 'send-otp', 'verify-otp']
			.map((name) => `two-factor/${name}`),
		'verify-password', 'change-email', 'send-verification-email',
		'request-password-reset', 'sign-in/magic-link', 'sign-in/email-otp',
		...['send-verification-otp', 'check-verification-otp', 'verify-email',
			'request-password-reset', 'reset-password']
			.map((name) => `email-otp/${name}`), 'forget-password/email-otp'];
	const get = ['callback/{id}', 'passkey/generate-register-options',
		'passkey/generate-authenticate-options'];
	return Object.fromEntries([...post.map((name) => `POST /api/auth/${name}`),
		...get.map((name) => `GET /api/auth/${name}`)].map((route) => [route, []]));
}

// Lists the routes for operators. An owner in B is not an operator.
function administration() {
	const user = (body) => [{ member: 'userId', of: 'user', body }];
	const routes = {
		'GET list-users': [{ query: 'filterValue', of: 'user' }],
		'GET get-user': [{ query: 'id', of: 'user' }],
		'POST create-user': [{ member: 'email', of: 'slug',
			body: { name: 'x', password: 'correct horse battery' } }],
		'POST update-user': user({ data: { name: 'x' } }),
		'POST set-role': user({ role: 'user' }),
		'POST ban-user': user(),
		'POST unban-user': user(),
		'POST set-user-password': user({ newPassword: 'correct horse' }),
		'POST remove-user': user(),
		'POST list-user-sessions': user(),
		'POST revoke-user-session': [{ member: 'sessionToken', of: 'session' }],
		'POST revoke-user-sessions': user(),
		'POST impersonate-user': user({ reason: 'asked' }),
		'POST stop-impersonating': user(),
		'POST has-permission': user({ permissions: { user: ['list'] } }),
	};
	return Object.fromEntries(Object.entries(routes).map(([route, places]) =>
		[route.replace(' ', ' /api/auth/admin/'), places]));
}

// These routes of Better Auth reveal that an ID exists, but IDs are random.
const wireTells = ['accept-invitation', 'reject-invitation',
	'cancel-invitation', 'get-invitation', 'set-active', 'get-organization',
	'get-full-organization', 'list-members', 'get-active-member-role',
	'update-passkey', 'delete-passkey'];

async function secretsOfA() {
	const sessions = await ask('GET', '/api/auth/list-sessions',
		{ token: a.token });
	const invitation = await ask('POST',
		'/api/auth/organization/invite-member', { token: a.token,
			body: { email: 'guest@people.test', role: 'member' } });
	assert.equal(invitation.status, 200, invitation.text);
	const key = await ask('POST', '/api/auth/api-key/create',
		{ token: a.token, body: { name: CANARY } });
	assert.equal(key.status, 200, key.text);
	const service = await ask('POST', '/api/service_accounts', { token: a.token, body: { name: CANARY } });
	assert.equal(service.status, 201, service.text);
	const form = await ask('POST', '/api/forms', { token: a.token, body: { name: CANARY.slice(0, 32), origins: ['https://x.test'], fields: ['email'] } });
	assert.equal(form.status, 201, form.text);
	const feed = await ask('POST', '/api/calendar_feeds',
		{ token: a.token, body: {} });
	assert.equal(feed.status, 201, feed.text);
	const member = await ask('GET',
		'/api/auth/organization/get-active-member', { token: a.token });
	const role = await ask('POST', '/api/auth/organization/create-role',
		{ token: a.token, body: { role: 'keeper of a',
			permission: { invitation: ['create'] } } });
	assert.equal(role.status, 200, role.text);
	const group = await ask('POST', '/api/group_roles', { token: a.token,
		body: { provider_id: 'idp', group_name: CANARY, role: 'member' } });
	assert.equal(group.status, 200, group.text);
	const team = await ask('POST', '/api/auth/organization/create-team',
		{ token: a.token, body: { name: CANARY } });
	assert.equal(team.status, 200, team.text);
	const added = await ask('POST', '/api/auth/organization/add-team-member',
		{ token: a.token, body: { teamId: team.json.id, userId: a.user.id } });
	assert.equal(added.status, 200, added.text);
	teamB = (await ask('POST', '/api/auth/organization/create-team',
		{ token: b.token, body: { name: 'Team of B' } })).json.id;
	sql(`INSERT INTO identity.passkey (id, user_id, credential_id, public_key,
		device_type, backed_up) VALUES ('${CANARY}', '${a.user.id}', '${CANARY}', 'x',
		'singleDevice', false)`);
	const proposal = await ask('POST', '/api/assistant/tools/add_note', {
		token: a.token, body: { contact_id: rowsA.contacts.id, text: CANARY } });
	assert.equal(proposal.status, 200, proposal.text);
	untouched = ofA();
	return {
		proposal: [proposal.json.id, MISSING],
		account: [sql(`SELECT id FROM identity.account
			WHERE user_id = '${a.user.id}'`)[0][0], 'x'.repeat(32)],
		passkey: [CANARY, 'x'.repeat(32)],
		key: [key.json.id, 'x'.repeat(32)],
		service: [service.json.id, MISSING],
		form: [form.json.id, 'nonesuch'],
		organization: [a.organization, NOBODY],
		slug: [a.slug, 'bbb-nobody'],
		contact: [rowsA.contacts.id, MISSING],
		rule: [rowsA.automation_rules.id, MISSING],
		webhook: [rowsA.webhooks.id, MISSING],
		delivery: [rowsA.webhook_deliveries.id, MISSING],
		user: [a.user.id, 'x'.repeat(32)],
		session: [sessions.json[0].token, 'x'.repeat(32)],
		invitation: [invitation.json.id, 'x'.repeat(32)],
		member: [member.json.id, 'x'.repeat(32)],
		email: [a.email, 'nobody@people.test'],
		group: [group.json.id, 'x'.repeat(32)],
		role: [role.json.roleData.id, 'x'.repeat(32)],
		team: [team.json.id, 'x'.repeat(32)],
		trash: [rowsA.trash.id, MISSING],
		roleName: ['keeper of a', 'keeper of x'],
		deal: [rowsA.deals.id, MISSING],
		company: [rowsA.companies.id, MISSING],
		product: [rowsA.products.id, MISSING], membership: [rowsA.user_memberships.id, MISSING],
		agreement: [rowsA.agreement_documents.id, MISSING],
		due: [rowsA.user_billing_schedules.id, MISSING], payment: [rowsA.user_payments.id, MISSING],
		payout_account: [rowsA.payout_accounts.id, MISSING], profile: [rowsA.user_profiles.id, MISSING], batch: [rowsA.payout_batches.id, MISSING], payout: [rowsA.user_payouts.id, MISSING],
		dispute: [rowsA.disputes.id, MISSING],
		waiting: [rowsA.membership_queue.id, MISSING],
		integration: [rowsA.integration_configs.id, MISSING],
		template: [rowsA.report_templates.id, MISSING], hold: [rowsA.legal_holds.id, MISSING], contact_hold: [rowsA.contact_holds.id, MISSING], means: [rowsA.user_contacts.id, MISSING], post: [rowsA.newsfeed_posts.id, MISSING], letter: [rowsA.member_messages.id, MISSING],
		form: [rowsA.tax_forms.id, MISSING], alert: [rowsA.admin_alerts.id, MISSING],
		verification: [rowsA.kyc_verification.id, MISSING], evidence: [rowsA.kyc_evidence.id, MISSING],
		pipeline: [rowsA.pipelines.id, MISSING],
		task: [rowsA.tasks.id, MISSING],
		feed: [feed.json.id, 'x'.repeat(32)],
		contact: [rowsA.contacts.id, MISSING],
		import: [rowsA.imports.id, MISSING],
		field: [rowsA.field_definitions.id, MISSING],
		merge: [rowsA.merges.id, MISSING],
		bulk: [rowsA.bulk_changes.id, MISSING],
		sale: [rowsA.sales.id, MISSING],
	};
}

test('operations that belong to no resource reveal nothing of A', async () => {
	const secrets = await secretsOfA();
	for (const { method, path, resource, operation } of operations(document)) {
		if (resource)
			continue;
		const many = operation['x-resource'];
		const places = everywhere.includes(many) ? []
			: path.endsWith('/aggregate') ? [{ query: 'filter', of: many,
				as: (id) => ({ id }) }]
			: many ? [{ of: many, body: (id) => ({ ids: [id],
				...(path.endsWith('/bulk') && { preview: true }) }) }]
			: others[`${method} ${path}`];
		assert.ok(places, `${method} ${path} is not tested with ids of A; add it`);
		for (const place of places) {
			const about = `${method} ${path} ${place.of}`;
			const call = (id) => asB(method,
				path.replace(/\{\w+\}/, place.row ? rowsB[place.row].id : id)
				+ (place.query
					? query({ ...place.also,
						[place.query]: place.as?.(id) ?? id }) : ''),
				method === 'GET' ? undefined : {
					...(typeof place.body === 'function' ? place.body(id)
						: place.body),
					...(place.member ? { [place.member]: id } : {}) });
			const [theirs, none] = many ? [rowsA[many].id, missing(many)] : secrets[place.of];
			const real = await call(theirs), fake = await call(none);
			const shown = { ...real, text: real.text.replaceAll(theirs, '') };
			safe(shown, about);
			if (wireTells.some((name) => path.endsWith(name)))
				assert.ok(real.status >= 400, `${about} ${real.text}`);
			else if (path !== '/api/invites' || real.status >= 400)
				assert.equal(bytes(real).replaceAll(theirs, 'ID'),
					bytes(fake).replaceAll(none, 'ID'), about);
			if (real.status === 404 && !path.startsWith('/api/auth/'))
				assert.match(real.json?.code ?? '', /^[a-z_]+$/, `${about} ${real.text}`);
		}
	}
	const session = await ask('GET', '/api/auth/get-session',
		{ token: a.token });
	assert.equal(session.json.user.id, a.user.id, 'A was signed out');
});

test('administration requires an operator', async () => {
	const routes = operations(document).filter(({ path }) =>
		path.startsWith('/api/auth/admin/'));
	assert.equal(routes.length, 15);
	for (const { method, path } of routes) {
		const [place] = others[`${method} ${path}`];
		const url = path + (place.query ? query({ [place.query]: a.user.id }) : '');
		const body = method === 'GET' ? undefined : { ...place.body,
			...(place.member ? { [place.member]: a.user.id } : {}) };
		const none = await ask(method, url, { body });
		assert.deepEqual([none.status, none.text], [401, ''], path);
		for (const who of [a, b]) {
			const rs = await ask(method, url, { token: who.token, body });
			if (path.endsWith('/has-permission'))
				assert.deepEqual(rs.json, { error: null, success: false });
			else
				assert.equal(rs.status,
					path.endsWith('/stop-impersonating') ? 400 : 403, rs.text);
		}
	}
});

test('without a session, the response reveals nothing', async () => {
	for (const { method, path, operation, resource, one } of withRows()) {
		if (everywhere.includes(resource))
			continue;
		const call = (id) => ask(method, path.replace('{id}', id)
			+ (one || method === 'POST' ? ''
				: query({ filter: { id: [id] } })),
		{ body: bodyFor(operation, resource) });
		const rs = await alike(`${method} ${path}`, call,
			rowsA[resource].id, missing(resource));
		assert.equal(rs.status, 401, `${method} ${path} ${rs.text}`);
	}
});

test('a former member sees nothing of the organization', async () => {
	const guest = await person('Former Member');
	const { json } = await ask('POST', '/api/auth/organization/invite-member',
		{ token: b.token, body: { email: guest.email, role: 'member' } });
	const rs = await ask('POST', '/api/auth/organization/accept-invitation',
		{ token: guest.token, body: { invitationId: json.id } });
	assert.equal(rs.status, 200, rs.text);
	guest.token = rs.headers['set-auth-token'];
	const list = () => ask('GET', '/api/contacts'
		+ query({ orgId: b.organization }), { token: guest.token });
	assert.equal((await list()).status, 200);
	sql(`DELETE FROM identity.organization_member
		WHERE user_id = '${guest.user.id}'
		AND organization_id = '${b.organization}'`);
	assert.ok([401, 403].includes((await list()).status));
	assert.ok((await ask('GET', '/api/contacts',
		{ token: guest.token })).status >= 400);
});

// Compares the median difference of pairs with their spread.
async function sameTime(about, call, theirs, none, pairs = 150) {
	const took = async (id) => {
		const start = process.hrtime.bigint();
		await call(id);
		return Number(process.hrtime.bigint() - start) / 1e3;
	};
	for (let i = 0; i < 10; i++)
		await call(i % 2 ? theirs : none);
	const differences = [];
	for (let i = 0; i < pairs; i++) {
		if (i % 2) {
			const real = await took(theirs);
			differences.push(real - await took(none));
		} else {
			const fake = await took(none);
			differences.push(await took(theirs) - fake);
		}
	}
	const median = (list) => list.sort((x, y) => x - y)[list.length >> 1];
	const centre = median(differences);
	const spread = 1.4826 * median(differences.map((d) => Math.abs(d - centre)));
	const t = Math.abs(centre) / (1.2533 * spread / Math.sqrt(pairs));
	return t < 4.5 || Math.abs(centre) < 20
		? null : `${about}: ${centre.toFixed(0)} us apart, t = ${t.toFixed(1)}`;
}

long('the response time does not depend on whether the row exists', async () => {
	const one = (method, resource, body) => [`${method} ${resource}`, (id) =>
		asB(method, `/api/${resource}/${id}`, body),
	rowsA[resource].id, missing(resource)];
	for (const arguments_ of [
		one('GET', 'contacts'), one('GET', 'deals'), one('GET', 'companies'),
		one('PUT', 'contacts', { status: 'warm' }), one('DELETE', 'tasks'),
		['filter', (id) => asB('GET', '/api/contacts'
			+ query({ filter: { id } })), rowsA.contacts.id, MISSING],
		['search', (q) => asB('GET', '/api/contacts'
			+ query({ filter: { q } })), CANARY, 'nobodyofz9912'],
		['company_id', (id) => asB('POST', '/api/contacts',
			{ company_id: id }), rowsA.companies.id, MISSING],
		['orgId', (id) => asB('GET', '/api/contacts' + query({ orgId: id })),
			a.organization, NOBODY]]) {
		/* on a busy machine, the comparison may fail once, but not three times */
		let slow;
		for (let i = 0; i < 3 && (slow = await sameTime(...arguments_)); i++)
			;
		assert.equal(slow, null);
	}
});

test('at the end, A\'s rows are unchanged', () => {
	assert.deepEqual(ofA(), untouched);
});

// Without row-level security, the probe must find rows. Otherwise, it would not test anything.
long('the probe detects each table without row-level security', async () => {
	const tables = { tags: 'tags', companies: 'companies',
		contacts: 'contacts', deals: 'deals', contact_notes: 'contact_notes',
		deal_notes: 'deal_notes', tasks: 'tasks', sales: 'sales' };
	for (const [table, resource] of Object.entries(tables)) {
		const url = `/api/${resource}/${rowsA[resource].id}`;
		const filter = query({ filter: { id: rowsA[resource].id } });
		sql(`ALTER TABLE crm.${table} DISABLE ROW LEVEL SECURITY`);
		try {
			const rs = await asB('GET', url);
			assert.equal(rs.status, 200, `${table}: the probe detects nothing`);
			assert.equal((await asB('GET', `/api/${resource}${filter}`))
				.json.length, 1);
		} finally {
			sql(`ALTER TABLE crm.${table} ENABLE ROW LEVEL SECURITY`);
		}
		assert.equal((await asB('GET', url)).status, 404);
	}
});
