// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it changes settings of the database.
// The limits of custom fields, objects and values are settings of the database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { owner } from '../lib/people.mjs';

const settings = (values) => {
	for (const [name, value] of Object.entries(values))
		sql(`ALTER DATABASE "${process.env.PGDATABASE}" SET tenantry.${name} = '${value}'`);
	sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`);
};

test('a setting replaces each limit, and a wrong setting has no effect', async () => {
	const who = await owner('limits');
	const post = async (path, body, status, code) => {
		let rs;
		for (let tries = 0; tries < 20 && (rs ?? { status: 503 }).status === 503; tries++)	// each worker notices its closed connection
			rs = await who.browser.post(`/api/${path}`, body);
		assert.equal(rs.status, status, rs.text);
		assert.equal(rs.json.code, code, rs.text);
		return rs.json;
	};
	const field = (key, status = 201, code) => post('field_definitions', { resource: 'companies', key, label: key, kind: 'text' }, status, code);
	const object = (plural, status = 201, code) => post('object_definitions', { label: plural, plural }, status, code);
	settings({ custom_fields: 2, custom_objects: 1, custom_bytes: 100 });
	await field('a');
	await field('b');
	const refused = await field('c', 422, 'too_many_fields');
	assert.deepEqual(refused.arguments, ['companies', '2']);
	await object('Machines');
	await object('Halls', 422, 'too_many_objects');
	await post('companies', { name: 'Small', custom: { a: 'x'.repeat(80) } }, 201);
	const large = await post('companies', { name: 'Large', custom: { a: 'x'.repeat(101) } }, 422, 'too_many_bytes');
	assert.match(large.errors.custom, /100 bytes/);

	settings({ custom_fields: 'many', custom_objects: '-1', custom_bytes: '' });
	await field('c');
	await object('Halls');
	await post('companies', { name: 'Large', custom: { a: 'x'.repeat(101) } }, 201);
});
