// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it compares all rows and counts the workers.
// Invalid input causes the right status and a message that names the field, but no write and no lost worker.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { BASE, ask, checksum, openapi, operations, owner, query, sampled,
	sql, workersStarted } from '../../lib/api.mjs';
import { rowsOf, sample, textual } from '../../lib/rows.mjs';

const MAX_BODY = 1048576;
let who, rows, document, started;

before(async () => {
	who = await owner('Input');
	rows = await rowsOf(who, 'input');
	document = await openapi();
	started = await workersStarted();
});

after(async () => {
	assert.equal(await workersStarted(), started, 'a worker died');
});

// Returns members that a change ignores.
const once = (resource, name) => name === 'created_at' || ({ field_definitions: ['resource', 'key', 'kind', 'refers'], object_definitions: ['key'], records: ['object'], pipeline_stages: ['stage'], opportunity_items: ['opportunity_id'],
	integration_jobs: ['kind', 'payload'] })[resource]?.includes(name);

// Routes whose body is a row: POST of a resource, and PUT and PATCH of a row.
function writes() {
	return operations(document)
		.filter((o) => o.resource && !o.other && o.operation.requestBody &&
			(o.one || o.method === 'POST'))
		.map((o) => ({ ...o,
			url: o.path.replace('{id}', rows[o.resource].id) }));
}

function columnsOf(resource) {
	return Object.entries(
		document.components.schemas[`${resource}.input`].properties);
}

async function refused(method, url, body, status, field, options = {}) {
	const rs = await ask(method, url, { token: who.token, body, ...options });
	const about = `${method} ${url} ${String(body).slice(0, 80)}: ${rs.text}`;
	assert.ok([status].flat().includes(rs.status), `${rs.status} ${about}`);
	assert.match(rs.headers['content-type'], /^application\/problem\+json/);
	assert.equal(rs.json.status, rs.status, about);
	assert.ok(rs.json.detail && rs.json.message, about);
	// In a list of IDs, the element is named.
	if (field && !rs.json.errors?.[`${field}.0`]) {
		assert.ok(rs.json.errors?.[field], `does not name ${field}: ${about}`);
		assert.ok(rs.json.message.includes(field), about);
	}
	return rs;
}

// Runs fn and asserts that the database has not changed.
async function writesNothing(fn) {
	const before = checksum();
	await fn();
	assert.deepEqual(Object.entries(checksum())
		.filter(([table, sum]) => before[table] !== sum), []);
}

const deep = (n) => '{"name":' + '['.repeat(n - 1) + ']'.repeat(n - 1) + '}';
const many = (n) => `{"name":[${'0,'.repeat(n - 1)}0]}`;

const malformed = [
	['', null], ['x', null], ['{', null], ['1', null], ['"', null],
	['null', null], ['[]', null], ['[{}]', null], ['"text"', null],
	['{}{}', null], ['{} x', null], ['{"name":1', 'name'],
	['{\'name\':1}', null], ['{name:1}', null], ['{"name":}', 'name'],
	['{"name":1,}', null], ['{"name":01}', 'name'], ['{"name":NaN}', 'name'],
	['{"name":Infinity}', 'name'], ['{"name":1.}', 'name'],
	['{"name":"a","name":"b"}', 'name'],
	['{"name":"a","\\u006eame":"b"}', 'name'],
	['{"name":"a\\u0000b"}', 'name'], ['{"name":"\\ud800"}', 'name'],
	['{"name":"\\udc00x"}', 'name'], ['{"name":"a\tb"}', 'name'],
	['{"name":"\\x"}', 'name'], ['/* */{}', null], ['\ufeff{}', null],
	['{"name":1e400}', 'name'], ['{"name":9223372036854775808}', 'name'],
	[`{"name":${'9'.repeat(100000)}}`, 'name'],
	[deep(33), 'name'], [deep(100000), 'name'], [many(10001), 'name'],
	[Buffer.from('{"name":"\xff"}', 'latin1'), 'name'],
	[Buffer.from('{"name":"\xc0\xaf"}', 'latin1'), 'name'],
	[Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1'), 'name'],
	[Buffer.from('{"name":"\xf4\x90\x80\x80"}', 'latin1'), 'name'],
	['{"name":"a","name":"b","color":"#abc"}', 'name'], ['{"a":{"b":[1,{"c":1,"\\u0063":2}]},"d":1}', 'a.b.1.c'],
	['{"a":{"b":1},"c":{"b":1,"b":1}}', 'c.b'], ['{ "a" : [ [ ] , "\\\\" , { "b" : { } , "b" : 1 } ] , "c" : 1 }', 'a.2.b'],
	[Buffer.from('{"name":"a\0b"}'), 'name'], [Buffer.from('{}\0'), null],
	[Buffer.from('\0'), null], [Buffer.alloc(1000, 0xff), null],
];

test('every route refuses a body that is not a single JSON object', async () => {
	await writesNothing(() => someAtOnce(8, sampled(writes().flatMap(({ method, url }) =>
		malformed.map(([body, field]) => () => refused(method, url, body, 400, field))), 11)));
});

// Returns values that are invalid for a column with this schema.
function misfits(schema) {
	const types = [schema.type].flat();
	if (types.includes('integer'))
		return ['x', '', ' 1', '1;', 1.5, true, [], {}, [1], '1e3', '0x1',
			'9223372036854775808', '12abc'];
	if (types.includes('boolean'))
		return ['x', '', 2, 1.5, [], {}];
	if (types.includes('array'))
		return ['x', 1, true, {}, '{1}', schema.items?.type === 'integer'
			? ['x'] : 'y'];
	if (schema.format)
		return ['x', '', 'infinity', 'now', '2026', '01/02/2026', 1, true,
			[], {}, '2026-02-30', '2026-13-01', '2026-01-31T25:00:00Z',
			'2026-01-31T12:60:00Z', '2026-01-31T12:00:00+99:00',
			'2026-01-31T12:00:00Z; DROP'];
	return types.includes('string') ? [[], {}, ['x'], { a: 1 }] : [];
}

test('a value of a wrong type is refused with the name of the member',
	async () => {
		await writesNothing(() => someAtOnce(8, sampled(writes().flatMap(({ method, url, resource }) =>
			columnsOf(resource).flatMap(([name, schema]) =>
				// Changes ignore created_at.
				(method !== 'POST' && once(resource, name) ? [] : misfits(schema)).map((value) => () =>
					refused(method, url, JSON.stringify({ ...rowless(method, resource), [name]: value }), 400, name)))), 11)));
	});

function rowless(method, resource) {
	return method === 'POST' ? sample(resource, 'misfit', rows) : {};
}

// Builds the body as text, because in JavaScript "__proto__" would not become a member.
function unknown(method, resource, name) {
	const row = JSON.stringify(rowless(method, resource)).slice(0, -1);
	return `${row}${row === '{' ? '' : ','}${JSON.stringify(name)}:1}`;
}

test('an unknown member is refused with its name', async () => {
	const names = ['org_id', 'ORG_ID', 'nope', '', '__proto__', 'id; --',
		'xmin', 'ctid', 'tableoid', 'token_hash', 'x'.repeat(5000), 'é'];
	await writesNothing(() => someAtOnce(8, sampled(writes().flatMap(({ method, url, resource }) =>
		names.map((name) => () => refused(method, url, unknown(method, resource, name), 422, name))), 11)));
});

test('a missing or null required member is named', async () => {
	await writesNothing(async () => {
		for (const { method, url, resource, operation } of writes()) {
			const { required } = operation.requestBody.content['application/json'].schema;
			assert.ok(resource !== 'tags' || method !== 'POST' || required.length);
			for (const name of required ?? []) {
				const body = sample(resource, 'missing', rows);
				delete body[name];
				await refused(method, url, JSON.stringify(body), 422, name);
				body[name] = null;
				await refused(method, url, JSON.stringify(body), 422, name);
			}
		}
	});
});

test('a reference to a missing row is refused with the name of the member',
	async () => {
		await writesNothing(async () => {
			for (const { method, url, resource } of writes())
				for (const [name, schema] of columnsOf(resource))
					if (name.endsWith('_id') && !(method !== 'POST' && once(resource, name)) &&
					    [schema.type].flat().includes('integer'))
						await refused(method, url, JSON.stringify({
							...rowless(method, resource),
							// The row may refer to only one of the two rows.
							...resource === 'opportunity_participants' && name === 'contact_id' && { company_id: null },
							// The payment method of the sample belongs to its member.
							...resource === 'user_payments' && name === 'member_id' && { payment_method_id: null },
							[name]: 4503599627370495 }), 422, name);
		});
	});

const injections = ['\'; DROP TABLE crm.contacts; --', '\' OR \'1\'=\'1',
	'\'); SELECT pg_sleep(9); --', '$1', '$$; SELECT 1; $$', '\\\'; --',
	'" || current_user || "', '%s%n%x', '\\x00', '{"a":1}', 'NULL', '--',
	'/* */', 'Robert\'); DROP TABLE "identity"."user";--', '\u2019;\u02bc',
	'${jndi:ldap://x}', '<script>alert(1)</script>', '\r\nSet-Cookie: a=b'];

test('SQL in a text is stored as text', async () => {
	for (const [{ method, url, resource }, [name, schema], value] of sampled(writes().flatMap((one) =>
		columnsOf(one.resource).flatMap((column) => injections.map((value) => [one, column, value]))), 13)) {
		if (![schema.type].flat().includes('string') || schema.format || method !== 'POST' && once(resource, name))
			continue;
		const rs = await ask(method, url, { token: who.token,
			body: { ...rowless(method, resource), [name]: value } });
		const about = `${method} ${url} ${name} ${rs.text}`;
		// Another row already has the text.
		if (rs.json.existing)
			assert.ok(rs.status === 409 && rs.json.existing.name.startsWith(value), about);
		else if (rs.status >= 400) {
			assert.ok([400, 422].includes(rs.status)
				|| /already( exists\b|, number)/.test(rs.json.detail), about);
			assert.ok(rs.json.errors?.[name], about);
		} else
			assert.equal(rs.json[name], name === 'basics_api_key' ? '••••••••' : value, `${url} ${name}`);
	}
	assert.equal(sql('SELECT count(*) > 0 FROM crm.contacts')[0][0], 't');
	assert.equal(sql('SELECT count(*) > 0 FROM identity."user"')[0][0], 't');
});

test('names in every script are stored unchanged', async () => {
	for (const name of ['José', 'Ærø', 'Łódź', 'Αθήνα', 'Москва', '東京', '서울', '😀']) {
		const made = await ask('POST', '/api/contacts',
			{ token: who.token, body: { first_name: name, last_name: name } });
		assert.equal(made.status, 201, `${name} ${made.text}`);
		const read = await ask('GET', `/api/contacts/${made.json.id}`,
			{ token: who.token });
		assert.equal(read.json.first_name, name);
		assert.equal(read.json.last_name, name);
	}
});

test('SQL in a filter, sort or range is treated as a value or refused', async () => {
	const lists = operations(document).filter((o) => o.resource && !o.other && !o.one &&
		o.method === 'GET');
	const attempts = lists.flatMap(({ path, resource }) => {
		const columns = Object.keys(
			document.components.schemas[resource].properties);
		const refuses = (parameters, field) => () =>
			refused('GET', path + query(parameters), undefined, 400, field);
		return injections.flatMap((evil, n) => [
			...[{ [evil]: 1 }, { [`id@${evil}`]: 1 },
				{ id: evil }, { 'id@in': evil }, { id: [evil] },
				{ '@or': { [evil]: 1 } }, { '@or': [{ id: evil }] }]
				.map((filter) => () => refusedOrEmpty(path, { filter }, resource)),
			refuses({ sort: [evil, 'ASC'] }, 'sort'),
			refuses({ sort: ['id', evil] }, 'sort'),
			...path.endsWith('/export') ? [] /* the export always contains all rows */
				: [refuses({ range: evil }, 'range')],
			// Each column with each operator, with alternating texts.
			...columns.flatMap((column, i) => ['', '@ilike', '@in', '@cs', '@gt']
				.filter((_, k) => (i + k) % injections.length === n).map((op) => () => refusedOrEmpty(path, { filter:
					{ [column + op]: evil } }, resource, true)))]);
	});
	await writesNothing(() => someAtOnce(8, sampled(attempts, 11)));
});

// Calls all functions with limited concurrency. Rejects with the first failure.
async function someAtOnce(most, functions) {
	const left = functions.values();
	await Promise.all(Array.from({ length: most }, async () => {
		for (const one of left)
			await one();
	}));
}

// Only comparisons with text columns may find rows.
async function refusedOrEmpty(path, parameters, resource, mayFind) {
	const exported = path.endsWith('/export') ? { format: 'ndjson' } : {};
	const rs = await ask('GET', path + query({ ...parameters, ...exported }),
		{ token: who.token });
	const about = `${path} ${JSON.stringify(parameters)} ${rs.text}`;
	const found = exported.format ? rs.text : rs.json;
	assert.ok(rs.status === 200 || rs.status === 400, about);
	if (rs.status === 400)
		assert.ok(rs.json.errors, about);
	else if (!mayFind)
		assert.ok(textual.includes(resource) && found.length === 0, about);
}

test('an invalid filter is refused with its name', async () => {
	const bad = ['x', '[]', '1', '"a"', '{', '{"id":1,"id":2}', '{"id":{}}',
		'{"nope":1}', '{"id@nope":1}', '{"@or":1}', '{"@and":[1]}',
		'{"q":[]}', '{"id":"\\u0000"}', '{"@or":'.repeat(40) + '{}' +
		'}'.repeat(40), `{"id":[${'1,'.repeat(10001)}1]}`, '{"id@":1}',
		'{"id@not.":1}', '{"@":1}'];
	for (const text of bad) {
		const rs = await ask('GET', '/api/contacts' + query({ filter: text }),
			{ token: who.token });
		assert.equal(rs.status, 400, `${text.slice(0, 60)} ${rs.text}`);
		assert.ok(rs.json.errors, text.slice(0, 60));
	}
	for (const range of ['x', '[]', '[0]', '[1,0]', '[-1,1]', '[0,1e9]',
		'[0,99999999999999999999]', '[0,"x"]', '[0,1,2]', '{}', '[0,20000]'])
		await refused('GET', '/api/contacts' + query({ range }), undefined,
			400, 'range');
});

test('an invalid ID is refused, and an unknown ID is not found',
	async () => {
		const ones = operations(document).filter((o) => o.one && o.resource &&
			!textual.includes(o.resource));
		await writesNothing(async () => {
			for (const { method, path, resource, operation } of ones) {
				const body = operation.requestBody ? '{}' : undefined;
				for (const id of ['x', '1.5', '1e3', '-', '0x1', '1%27--',
					'9223372036854775808'])
					await refused(method, path.replace('{id}', id), body,
						400, 'id');
				await refused(method, path.replace('{id}', '1%20OR%201=1'),
					body, 404);
				if (resource !== 'configuration') /* always exists */
					await refused(method,
						path.replace('{id}', '9007199254740991'), body, 404);
			}
		});
	});

test('an invalid path is refused', async () => {
	for (const path of ['/api/%00', '/api/contacts%00', '/api/%ff%fe',
		'/api/contacts/%0d%0aX:y', '/api/contacts/..%2f..%2fetc%2fpasswd',
		'/api/nope', '/api/contacts/1/2', '/api/contacts/', '/API/contacts']) {
		const rs = await ask('GET', path, { token: who.token });
		assert.ok([400, 404].includes(rs.status), `${path} ${rs.status}`);
	}
	for (const part of ['a=%', 'a=%zz', 'filter=%00', '%00=a', 'a=%f']) {
		const rs = await ask('GET', `/api/contacts?${part}`,
			{ token: who.token });
		assert.equal(rs.status, 400, part);
	}
});

test('a different content type is refused on routes that read a body', async () => {
	await writesNothing(async () => {
		for (const [{ method, url, resource }, type] of sampled(writes().flatMap((one) => ['text/plain', 'application/xml', 'nonsense',
			'application/x-www-form-urlencoded', 'application/jsonx', 'multipart/form-data; boundary=x'].map((type) => [one, type])), 5))
			await refused(method, url, JSON.stringify(rowless(method, resource)), 415, null, { headers: { 'content-type': type } });
		await refused('POST', '/api/contacts', '{}', 400, null,
			{ headers: { 'content-type': null } });
	});
});

test('an unknown parameter is refused, and the most similar parameter is named', async () => {
	// Routes with a secret in the path accept any value.
	const all = operations(document).filter(({ path }) => /^\/api\/(?!auth\/|inbound\/|invites\/|forms\/|submissions\/)/.test(path));
	assert.ok(all.length > 900, `${all.length}`);
	const refuses = async ({ method, path, operation }, name, near) => {
		const at = path.replace(/\{\w+\}/, '4711') + query({ [name]: '[]' });
		const rs = await ask(method, at, { token: who.token, body: operation.requestBody ? {} : undefined });
		assert.equal(rs.status, 400, `${method} ${at}: ${rs.text}`);
		assert.ok(rs.json.errors[name]?.startsWith(`${name}: unknown parameter`), rs.text);
		assert.ok(!near || rs.json.arguments[0] === near, rs.text);
	};
	await writesNothing(() => someAtOnce(8, all.flatMap((one) => {
		const known = one.operation.parameters.filter((p) => p.in === 'query').map(({ name }) => name);
		return [() => refuses(one, 'nonesuch'), ...known.filter((name) => !known.includes(`${name}s`))
			.slice(0, 3).map((name) => () => refuses(one, `${name}s`, name))];
	})));
	// Names in other APIs.
	const [list] = all.filter(({ method, path }) => method === 'GET' && path === '/api/contacts');
	for (const [name, near] of Object.entries({ limit: 'range', page: 'range', offset: 'range', per_page: 'range', order: 'sort', order_by: 'sort',
		where: 'filter', search: 'filter', select: 'fields', expand: 'embed', cursor: 'after' }))
		await refuses(list, name, near);
	for (const path of [`/api/contacts/${rows.contacts.id}`, '/api/contacts'])
		await refused('GET', path + query({ as_of: '2026-01-31' }), undefined, 400, 'as_of');
});

const resource = (path) => path.split('/')[2];

test('a method that is not allowed returns 405 with Allow', async () => {
	await writesNothing(async () => {
		for (const [path, methods] of Object.entries(document.paths)) {
			if (path.startsWith('/api/auth/'))
				continue;
			for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE',
				'PROPFIND', 'LOCK']) {
				/* "get-many" also matches {id}. */
				if (methods[method.toLowerCase()]
					|| document.paths[path.replace(/[\w-]+$/, '{id}')]
						?.[method.toLowerCase()])
					continue;
				const url = path.replace(/\{\w+\}/, '1');
				const rs = await ask(method, url, { token: who.token,
					...(method === 'GET' ? {} : { body: '{}' }) });
				/* for sales, the status is 422, with the hint that users must be invited */
				const said = resource(path) === 'sales' ? [405, 422] : [405];
				assert.ok(said.includes(rs.status),
					`${method} ${url} ${rs.status} ${rs.text}`);
				if (rs.status === 422)
					continue;
				if (rs.headers.allow !== undefined)
					assert.ok(!rs.headers.allow.includes(method));
				else
					assert.ok(['PROPFIND', 'LOCK'].includes(method), `${method} ${url} has no Allow`);
			}
		}
	});
});

// Returns the body of a task with exactly this number of bytes. A contact could contain a file, so its limit is
// larger.
function weighing(bytes) {
	const empty = `{"contact_id":${rows.contacts.id},"text":""}`;
	const left = bytes - empty.length; // a character has at most four bytes
	return empty.replace('""', `"${'😀'.repeat(left / 4)}${'x'.repeat(left % 4)}"`);
}

test('a body of 1 MiB is accepted, and one byte more is refused', async () => {
	for (const size of [60, MAX_BODY - 1, MAX_BODY]) {
		const rs = await ask('POST', '/api/contact_notes', { token: who.token,
			body: weighing(size) });
		assert.equal(rs.status, 201, rs.text.slice(0, 200));
		assert.equal(Buffer.byteLength(JSON.stringify({ contact_id: rows.contacts.id,
			text: rs.json.text })), size);
	}
	await writesNothing(async () => {
		for (const options of [{}, { chunked: true }])
			await refused('POST', '/api/contact_notes', weighing(MAX_BODY + 1),
				413, null, options);
	});
});

// Sends up to this number of bytes as long as the server reads. Resolves to the status line.
function pour(path, bytes) {
	return new Promise((resolve, reject) => {
		const { hostname, port } = new URL(BASE);
		const socket = net.connect(Number(port), hostname);
		const block = Buffer.alloc(65536, 'x');
		let left = bytes, text = '';
		const push = () => {
			while (left > 0 && socket.writable) {
				left -= block.length;
				if (!socket.write(block))
					return;
			}
		};
		socket.on('data', (part) => { text += part; });
		socket.on('drain', push);
		socket.on('error', () => {});
		socket.on('close', () => text ? resolve(text.split('\r\n')[0])
			: reject(new Error('no response')));
		socket.setTimeout(20000, () => socket.destroy());
		socket.write(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
			'Content-Type: application/json\r\nConnection: close\r\n' +
			`Authorization: Bearer ${who.token}\r\n` +
			`Content-Length: ${bytes}\r\n\r\n`);
		push();
	});
}

test('a body of 64 MiB is refused without being read', async () => {
	await writesNothing(async () => {
		for (const path of ['/api/contacts', '/api/signup', '/api/nope',
			'/api/auth/sign-in/email'])
			assert.match(await pour(path, 64 << 20), / 413 /);
	});
});

test('an interrupted body writes nothing', async () => {
	const body = JSON.stringify({ last_name: 'Broken' });
	await writesNothing(async () => {
		for (let cut = 0; cut < body.length; cut++)
			await new Promise((resolve) => {
				const { hostname, port } = new URL(BASE);
				const socket = net.connect(Number(port), hostname);
				socket.on('error', () => {});
				socket.on('close', resolve);
				socket.end('POST /api/contacts HTTP/1.1\r\nHost: localhost\r\n'
					+ 'Content-Type: application/json\r\n'
					+ `Authorization: Bearer ${who.token}\r\n`
					+ `Content-Length: ${body.length}\r\n\r\n`
					+ body.slice(0, cut));
				socket.resume();
			});
	});
});

test('a request that two servers could parse differently is refused',
	async () => {
		const raw = (head) => new Promise((resolve) => {
			const { hostname, port } = new URL(BASE);
			const socket = net.connect(Number(port), hostname);
			let text = '';
			socket.on('data', (part) => { text += part; });
			socket.on('error', () => {});
			socket.on('close', () => resolve(text));
			socket.write(head + '\r\n\r\n');
		});
		const start = 'GET /api/contacts HTTP/1.1\r\nConnection: close\r\n';
		for (const rest of [
			'Host: localhost\r\nHost: localhost',
			`Host: localhost\r\nAuthorization: Bearer ${who.token}\r\n`
				+ 'Authorization: Bearer x',
			'Host: localhost\r\nContent-Length: 1\r\nContent-Length: 2',
			'Host: localhost\r\nContent-Length: 5\r\n'
				+ 'Transfer-Encoding: chunked',
			'Host: localhost\r\nCookie: a=1\r\nCookie: b=2\r\n'
				+ 'Idempotency-Key: a\r\nIdempotency-Key: b',
			'Host: localhost\r\nX-User-Id: 1',
			'Host: localhost\r\nOrigin: http://a\r\nOrigin: http://b'])
			assert.match(await raw(start + rest), /^HTTP\/1.1 400 /, rest);
	});

test('an invalid Idempotency-Key is refused', async () => {
	await writesNothing(async () => {
		for (const key of ['x'.repeat(256), 'a b', 'caf\u00e9'])
			await refused('POST', '/api/tags',
				JSON.stringify(sample('tags', 'keyed')), 400,
				'Idempotency-Key', { headers: { 'Idempotency-Key': key } });
	});
});

test('an unknown organization or another user\'s organization is refused',
	async () => {
		for (const id of ['x', '', '00000000-0000-0000-0000-000000000000',
			'\'; --', `${who.organization}x`]) {
			const rs = await ask('GET', '/api/contacts' + query({ orgId: id }),
				{ token: who.token });
			assert.ok([200, 403].includes(rs.status), `${id} ${rs.text}`);
			assert.equal(rs.status, id === '' ? rs.status : 403, id);
		}
	});

test('Better Auth routes refuse invalid bodies in Better Auth\'s error format',
	async () => {
		const routes = operations(document).filter((o) =>
			o.path.startsWith('/api/auth/') && o.operation.requestBody);
		await writesNothing(async () => {
			for (const [{ method, path }, [body]] of sampled(routes.flatMap((one) => malformed.map((bad) => [one, bad])), 11)) {
				if (body === '')
					continue; /* bodies without required members are optional */
				const rs = await ask(method, path, { token: who.token, body });
				assert.equal(rs.status, 400, `${path} ${String(body).slice(0, 60)} ${rs.text}`);
				assert.equal(typeof rs.json.message, 'string');
				assert.ok(!('type' in rs.json));
			}
		});
	});
