// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Values outside of the choices of a field, links with other schemes, types of addresses and unknown resources are
// refused, for each resource and each field.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, openapi, operations, owner, sql } from '../../lib/api.mjs';
import { rowsOf, sample } from '../../lib/rows.mjs';
import { sqlFor } from '../lib/database.mjs';

let who, rows, document;

before(async () => {
	who = await owner('Odd');
	rows = await rowsOf(who, 'odd');
	document = await openapi();
});

const send = (method, path, body) => ask(method, path, { token: who.token, body });
// Routes whose body is a row, with the body that another value replaces.
const writes = () => operations(document).filter((o) => o.resource && !o.other && o.operation.requestBody && (o.one || o.method === 'POST') && o.method !== 'PUT'
	&& document.components.schemas[`${o.resource}.input`]);
const bodyOf = ({ method, resource }) => method === 'POST' ? sample(resource, 'odd', rows) : {};
const refused = async (one, field, value, names = field) => {
	const rs = await send(one.method, one.path.replace('{id}', rows[one.resource].id), { ...bodyOf(one), [field]: value });
	const about = `${one.method} ${one.path} ${field} ${JSON.stringify(value)} ${rs.text}`;
	assert.equal(rs.status, 422, about);
	assert.ok(rs.json.errors?.[names], about);
	return rs.json;
};
const typeOf = (schema) => schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema.oneOf ? typeOf(schema.oneOf[0]) : schema;
// Only a new row can set these fields, so the tests of changes omit them.
const ignored = new Set(sql(`SELECT f.resource || ' ' || f.name FROM ops.field f WHERE f.description->>'write' = 'once'`).flat());

test('a value outside of the choices of a field is refused, and the message lists the choices', async () => {
	const listed = Object.keys(document.components.schemas).filter((name) => /^[A-Z]\w+s$/.test(name) && /One of \w+ in the configuration/.test(document.components.schemas[name].description ?? ''));
	assert.ok(listed.length > 5, `${listed}`);
	let seen = 0;
	for (const one of writes())
		for (const [field, schema] of Object.entries(document.components.schemas[`${one.resource}.input`].properties)) {
			const choices = typeOf(schema).enum ?? (listed.includes((schema.$ref ?? schema.oneOf?.[0]?.$ref ?? '').split('/').at(-1)) ? [] : undefined);
			if (choices === undefined || one.resource === 'deal_notes' && field === 'type'	// no list until an organization configures one
			    || one.method !== 'POST' && ignored.has(`${one.resource} ${field}`))
				continue;
			const { errors, code } = await refused(one, field, typeOf(schema).type === 'integer' ? 12345 : 'no-choice');
			const texts = choices.filter((value) => typeof value === 'string' && value !== '');
			assert.ok(texts.every((value) => errors[field].includes(value)), `${one.path} ${field} ${code}: ${errors[field]}`);
			seen++;
		}
	assert.ok(seen > 60, `${seen}`);
});

test('a link with a scheme other than http or https is refused, and one without a scheme is stored', async () => {
	const links = sql("SELECT f.resource, f.name, f.description->>'kind' FROM ops.field f WHERE f.description->>'kind' IN ('url', 'urls') AND f.description ? 'write'");
	assert.ok(links.length >= 4);
	for (const one of writes())
		for (const [, field, kind] of links.filter(([resource]) => resource === one.resource)) {
			for (const link of ['ftp://example.org/x', ' FTP://example.org', 'file:///etc/passwd', 'data:text/html,x', 'mailto:a@b.test', 'javascript:alert(1)', 'gopher://x'])
				assert.equal((await refused(one, field, kind === 'urls' ? ['https://a.test', link] : link,
					kind === 'urls' ? `${field}.1` : field)).code, 'not_a_safe_link');
			for (const link of ['https://example.org/?a=ftp://b', 'HTTP://example.org', 'example.org', 'www.example.org:8080/x', 'in/ada', '']) {
				const rs = await send(one.method, one.path.replace('{id}', rows[one.resource].id), { ...bodyOf(one), [field]: kind === 'urls' ? [link] : link });
				assert.ok(rs.status < 300, rs.text);
				assert.deepEqual(rs.json[field], kind === 'urls' ? [link] : link);
			}
		}
});

test('an address has the type Work, Home or Other, or none', async () => {
	const lists = sql("SELECT f.resource, f.name, f.description->>'kind' FROM ops.field f WHERE f.description->>'kind' IN ('emails', 'phones') AND f.description ? 'write'");
	assert.ok(lists.length >= 2);
	for (const one of writes())
		for (const [, field, kind] of lists.filter(([resource]) => resource === one.resource)) {
			const of = (...types) => types.map((type, n) => kind === 'emails' ? { email: `a${n}@odd.test`, type } : { number: `+41 44 ${n}`, type });
			const { errors } = await refused(one, field, of('Work', 'Pager'), `${field}.1.type`);
			assert.match(errors[`${field}.1.type`], /Work, Home, Other/);
			const rs = await send(one.method, one.path.replace('{id}', rows[one.resource].id), { ...bodyOf(one), [field]: of('Work', 'Home', 'Other', '') });
			assert.ok(rs.status < 300, rs.text);
		}
});

test('a row that was written before these rules keeps its values, but gets no further ones', async () => {
	const { id } = rows.contacts;
	sqlFor(who.organization, `SET app.restoring = 'on'; UPDATE crm.contacts SET linkedin_url = 'ftp://old.test', phone_jsonb = '[{"number": "1", "type": "Pager"}]' WHERE id = ${id}`);
	const change = (body) => send('PATCH', `/api/contacts/${id}`, body);
	for (const body of [{ title: 'Countess' }, { linkedin_url: 'ftp://old.test' }, { phone_jsonb: [{ number: '2', type: 'Pager' }, { number: '1', type: 'Work' }] }])
		assert.equal((await change(body)).status, 200, JSON.stringify(body));
	assert.equal((await change({ linkedin_url: 'ftp://new.test' })).status, 422);
	assert.equal((await change({ phone_jsonb: [{ number: '1', type: 'Fax' }] })).status, 422);
});

test('a field that only a new row can set accepts its current value and refuses another one', async () => {
	const once = sql(`SELECT f.resource, f.name FROM ops.field f WHERE f.description->>'write' = 'once' AND f.type <> 'timestamptz'`);
	let tried = 0;
	for (const one of writes().filter(({ method, one: single }) => method === 'PATCH' && single)) {
		const url = one.path.replace('{id}', rows[one.resource].id);
		const fields = once.filter(([resource]) => resource === one.resource).map(([, name]) => name);
		if (fields.length === 0)
			continue;
		const { json: row } = await send('GET', url);
		const same = await send('PATCH', url, Object.fromEntries(fields.map((name) => [name, row[name]])));
		assert.equal(same.status, 200, `${url} ${same.text}`);
		for (const name of fields) {
			const { enum: choices } = typeOf(document.components.schemas[`${one.resource}.input`].properties[name]);
			const other = choices ? choices.find((value) => value !== null && value !== row[name]) : typeof row[name] === 'number' ? 4711 : typeof row[name] === 'object' && row[name] ? { other: 1 } : 'other';
			const rs = await send('PATCH', url, { [name]: other });
			assert.deepEqual([rs.status, rs.json.code, Object.keys(rs.json.errors ?? {})], [422, 'not_changeable', [name]], `${url} ${name} ${rs.text}`);
			tried++;
		}
		assert.deepEqual((await send('GET', url)).json, row);
	}
	assert.ok(tried > 8, `${tried}`);
});

test('a row that names an unknown resource is refused', async () => {
	// In appointments, the "resource" field names a room.
	const named = sql("SELECT f.resource FROM ops.field f WHERE f.name = 'resource' AND f.description ? 'write' AND f.resource <> 'appointments'").flat();
	assert.ok(named.includes('views') && named.includes('report_templates'));
	for (const one of writes().filter(({ resource }) => named.includes(resource)))
		for (const value of ['nonesuch', 'custom_nonesuch'])
			if (one.method === 'POST' || !ignored.has(`${one.resource} resource`)) {
				const rs = await send(one.method, one.path.replace('{id}', rows[one.resource].id), { ...bodyOf(one), ...one.method === 'PATCH' && { filters: {} }, resource: value });
				assert.ok(rs.status === 422 && rs.json.errors.resource, `${one.method} ${one.path} ${value} ${rs.text}`);
			}
});
