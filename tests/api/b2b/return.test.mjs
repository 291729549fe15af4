// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_MCP_SQL=on
// Rows of the module that come back: by the undo of a bulk change, and with an archive. And all its tables by MCP.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, query } from '../../lib/api.mjs';
import { owner } from '../lib/people.mjs';

const { BUILD, SOURCES, DATABASE_URL, PGDATABASE } = process.env;
const work = mkdtempSync(join(tmpdir(), 'tenantry-return.'));
after(() => rmSync(work, { recursive: true }));

const good = async (answer) => {
	const rs = await answer;
	assert.ok(rs.status < 300, rs.text);
	return rs.json;
};

async function boss(name, enabled = true) {
	const who = await owner(name);
	await good(who.browser.put('/api/modules/b2b', { enabled }));
	const add = (resource, body) => good(who.browser.post(`/api/${resource}`, body));
	const company = async (named) => (await add('companies', { name: named })).id;
	return { ...who, add, company, path: (path, body) => good(who.browser.patch(path, body)),
		list: (resource, filter) => good(who.browser.send('GET', `/api/${resource}${query({ filter })}`)) };
}

// The change, and how to undo it.
async function bulk(who, resource, id, set) {
	const change = await who.add(`${resource}/bulk`, { ids: [id], set });
	return () => who.browser.post(`/api/bulk_changes/${change.id}/undo`, {});
}

test('a role and a company come back', async () => {
	const who = await boss('return-roles');
	const [a, b] = [await who.company('A'), await who.company('B')];
	const contact = await who.add('contacts', { last_name: 'L', company_id: a });
	const row = await who.add('contact_organizations', { contact_id: contact.id, company_id: b, role: 'old' });
	const undo = await bulk(who, 'contact_organizations', row.id, { role: 'new' });
	assert.deepEqual((await good(undo())).undone, 1);
	assert.equal((await who.list('contact_organizations', { id: row.id }))[0].role, 'old');

	const back = await bulk(who, 'contacts', contact.id, { company_id: b });
	await good(back());
	assert.equal((await who.list('contacts', { id: contact.id }))[0].company_id, a);
	assert.deepEqual((await who.list('contact_organizations', { contact_id: contact.id })).filter((one) => one.is_primary)
		.map((one) => one.company_id), [a]);
});

test('a parent does not come back into a circle', async () => {
	const who = await boss('return-parents');
	const [a, b] = [await who.company('A'), await who.company('B')];
	await who.path(`/api/company_profiles/${a}`, { parent_id: b });
	const undo = await bulk(who, 'company_profiles', a, { parent_id: null });
	await who.path(`/api/company_profiles/${b}`, { parent_id: a });
	const rs = await undo();
	assert.equal(rs.status, 422, rs.text);
	assert.match(rs.json.detail, /is below company/);
});

test('every table of the module answers MCP', async () => {
	const who = await boss('return-mcp');
	await who.add('contacts', { last_name: 'L', company_id: await who.company('A') });
	const openapi = (await ask('GET', '/api/openapi.json', { token: who.token })).json;
	const tables = Object.entries(openapi.paths).filter(([path, { get }]) => get?.['x-module'] && /^\/api\/\w+$/.test(path)).map(([path]) => path.slice(5));
	assert.ok(tables.includes('company_profiles') && tables.includes('distributor_terms'), tables.join());
	for (const resource of tables) {
		const table = resource.replace(/^opportunities$/, '$&_summary');
		const rs = await ask('POST', '/mcp', { token: who.token, headers: { accept: 'application/json, text/event-stream' },
			body: { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'query', arguments: { sql: `SELECT count(*) FROM ${table}` } } } });
		assert.equal(rs.json.result.isError, false, `${table}: ${rs.text}`);
	}
});

test('archives of merged contacts, and of a time without the module', async () => {
	const elsewhere = `${PGDATABASE}_elsewhere`;
	const there = { DATABASE_URL: DATABASE_URL.replace(PGDATABASE, elsewhere), UPLOAD_DIR: join(work, 'uploads') };
	const run = (program, words, env = {}) => {
		const out = spawnSync(program, words, { encoding: 'utf8', env: { ...process.env, TENANTRY_SQL: SOURCES, ...env } });
		assert.equal(out.status, 0, `${words}: ${out.stderr}`);
	};
	run('psql', ['-Xqd', 'postgres', '-c', `CREATE DATABASE "${elsewhere}" OWNER tenantry_owner`]);
	run(`${BUILD}/tenantry`, ['schema', 'up'], there);
	const move = ({ organization: { slug } }) => {
		const file = join(work, `${slug}.tar`);
		run(`${BUILD}/tenantry`, ['org', 'export', slug, '--to', file]);
		run(`${BUILD}/tenantry`, ['org', 'import', file], there);
	};
	const merged = await boss('return-merged');
	const winner = await merged.add('contacts', { last_name: 'W' });
	const loser = await merged.add('contacts', { last_name: 'L', company_id: await merged.company('A') });
	await merged.add('merge_contacts', { loserId: loser.id, winnerId: winner.id });
	move(merged);

	const off = await boss('return-off');
	const contact = await off.add('contacts', { last_name: 'L', company_id: await off.company('A') });
	await good(off.browser.put('/api/modules/b2b', { enabled: false }));
	await off.path(`/api/contacts/${contact.id}`, { company_id: await off.company('B') });
	move(off);
});
