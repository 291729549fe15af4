// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it changes the resource descriptions for all organizations.
// The catalogue. The API corresponds to the descriptions in the database, even after a change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owner, sql, until } from '../../lib/api.mjs';
import { tenantry } from '../lib/people.mjs';
import { workers } from '../../lib/fcgi.mjs';

const who = await owner('Catalogue');

// Changes the descriptions as "tenantry schema up" does after a file has changed.
const change = (statements) => sql(`BEGIN; ${statements}; SELECT ops.compile_catalogue(); SELECT ops.new_cache_epoch(); COMMIT`);
const get = (pool, path) => pool.ask('GET', path, { token: who.token });
const schemas = async (pool) => JSON.parse((await get(pool, '/api/openapi.json')).text).components.schemas;

// Waits until all workers respond with the status, because workers with the new catalogue replace the others one by
// one.
const byAll = (pool, status) => until(async () => {
	const all = await Promise.all(Array.from({ length: 20 }, () =>
		get(pool, `/api/tags?filter=${encodeURIComponent('{"zz_added":"yes"}')}`)));
	return all.every((rs) => rs.status === status);
});

test('every handler function has its resource', async () => {
	const pool = await workers();
	assert.equal((await get(pool, '/api/shares')).status, 200);
	assert.doesNotMatch(pool.log(), /catalogue (missing|error)/);
	await pool.stop();
});

test('resource routes are unavailable until there is a catalogue', async () => {
	sql('ALTER FUNCTION ops.catalogue() RENAME TO catalogue_away');
	const pool = await workers();
	assert.match(pool.log(), /catalogue error=/);
	for (const path of ['/api/contacts', '/api/nothing']) {
		const rs = await get(pool, path);
		assert.equal(rs.status, 503, path);
		assert.match(rs.head, /Retry-After: /);
		assert.equal(JSON.parse(rs.text).type, '/problems/unavailable');
	}
	assert.equal((await get(pool, '/live')).status, 200);
	assert.equal((await get(pool, '/api/me')).status, 200, 'routes of modules work');
	sql('ALTER FUNCTION ops.catalogue_away() RENAME TO catalogue; SELECT ops.new_cache_epoch()');
	await until(async () => (await get(pool, '/api/contacts')).status === 200);
	assert.equal((await get(pool, '/api/nothing')).status, 404);
	await pool.stop();
});

test('a field that is added to each description is in lists, filters, writes and OpenAPI, and a removed field is not', async () => {
	const pool = await workers();
	const tables = sql(`SELECT r.name, r.description->>'table' FROM ops.resource r JOIN pg_class c
		ON c.oid = to_regclass(r.description->>'table') AND c.relkind = 'r'
		WHERE NOT r.description ? 'view' AND NOT r.description ? 'like' ORDER BY 1`);
	assert.ok(tables.length > 40, `${tables.length} resources`);
	const before = await schemas(pool);
	const shown = async () => JSON.parse((await get(pool, '/api/catalogue')).text);
	const without = await shown();
	change(tables.map(([name, table]) => `ALTER TABLE ${table} ADD COLUMN zz_added text;
		INSERT INTO ops.field (resource, name, place, description) VALUES ('${name}', 'zz_added', 999,
		'{"label": {"en": "Added", "fr": "Ajout"}, "write": "always"}')`).join(';'));
	await byAll(pool, 200);
	const after = await schemas(pool);
	for (const [name] of tables.filter(([x]) => x in before)) {
		assert.deepEqual(Object.keys(after[name].properties).filter((f) => !(f in before[name].properties)), ['zz_added'], name);
		if (`${name}.input` in before)
			assert.ok('zz_added' in after[`${name}.input`].properties, name);
	}
	const catalogue = await shown();
	for (const [name] of tables.filter(([x]) => x in without))
		assert.deepEqual(catalogue[name].fields.zz_added, { label: { en: 'Added', fr: 'Ajout' }, type: 'text', kind: 'text',
			...catalogue[name].actions.some((one) => ['create', 'update'].includes(one)) && { write: 'always' } }, name);
	const made = await pool.ask('POST', '/api/tags', { token: who.token, body: JSON.stringify({ name: 'one', color: '#fff', zz_added: 'yes' }) });
	assert.deepEqual([made.status, JSON.parse(made.text).zz_added], [201, 'yes'], made.text);
	const found = await get(pool, `/api/tags?filter=${encodeURIComponent(JSON.stringify({ zz_added: 'yes' }))}`);
	assert.deepEqual(JSON.parse(found.text).map((row) => row.name), ['one']);
	change(`DELETE FROM ops.field f WHERE f.name = 'zz_added'`);
	await byAll(pool, 400);
	assert.deepEqual(await schemas(pool), before);
	assert.deepEqual(await shown(), without);
	await pool.stop();
});

test('an upgrade with unchanged descriptions replaces no trigger, because it would wait for writers', () => {
	const triggers = () => sql(`SELECT g.xmin, g.tgrelid::regclass, g.tgname FROM pg_trigger g WHERE NOT g.tgisinternal ORDER BY 2, 3`);
	const before = triggers();
	sql('SELECT ops.compile_catalogue()');
	assert.deepEqual(triggers(), before);
});

test('a misspelt member, a missing column or an unknown table is refused', () => {
	const refused = (name, description, why) => assert.throws(() =>
		sql(`SELECT ops.describe_resource('${name}', '${JSON.stringify(description)}')`), why);
	const tags = (fields, more) => ({ table: 'crm.tags', fields, ...more });
	refused('tags', tags({ id: {} }, { trahs: true }), /no description has the member trahs/);
	refused('tags', tags({ id: {} }, { trash: 'yes' }), /trash must be of type boolean/);
	refused('tags', tags({ name: { writes: 'always' } }), /tags\.name: no description has the member writes/);
	refused('tags', tags({ nothing: {} }), /crm\.tags has no column nothing/);
	refused('tags', { table: 'crm.nothing', fields: {} }, /an existing table or view/);
	refused('Tags"', tags({ id: {} }), /needs a name/);
});

test('tenantry schema show prints a description and the SQL that is generated from it', () => {
	const said = tenantry('schema', 'show', 'contacts');
	for (const title of ['description', 'fields', 'roles', 'view crm.contacts_summary', 'view crm.contacts_export', 'trigger document',
		'trigger text_limits', 'function crm.keep_document_of_contacts', 'function crm.limit_texts_of_contacts'])
		assert.ok(said.includes(`-- ${title}\n`), title);
	for (const [name] of sql('SELECT name FROM ops.resource WHERE compiled IS NOT NULL'))
		assert.match(tenantry('schema', 'show', name), /^-- description\n\{[^]*\n-- fields\nid /, name);
	assert.throws(() => tenantry('schema', 'show', 'nothing'), /there is no resource "nothing"/);
});
