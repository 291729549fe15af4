// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=4 TENANTRY_LOGIN_WORKERS=2 TENANTRY_SLOW_WORKERS=2
// own stack: it kills and restarts processes.
// Two members edit, merge, move, delete and restore the same rows concurrently.
// At the end, no acknowledged edit is missing, no row has lost its parent, and all counts are correct.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { before, test } from 'node:test';
import { PASSWORD, ask, owner, query, sql } from '../../lib/api.mjs';

const SECONDS = Number(process.env.COLLEAGUES_SECONDS ?? 10);
const HANDS = 3; // the number of concurrent requests of each member
const STAGES = ['opportunity', 'proposal-sent', 'won'];
const RESOURCES = ['companies', 'contacts', 'deals', 'contact_notes',
	'deal_notes', 'tasks'];

const log = { done: {}, refused: {} };
const edits = new Map(); // number of acknowledged edits by contact
const made = Object.fromEntries(RESOURCES.map((name) => [name, new Set()]));
let boss, colleague;

const pick = (list) => list[Math.floor(Math.random() * list.length)];

// Sends a request. Expected errors are counted, and any other error fails the test.
async function act(who, method, path, options = {}) {
	const rs = await ask(method, path, { token: who.token, ...options });
	const name = `${method} ${path.replace(/\?.*/, '').replace(/\d+/g, '#')}`;
	if (rs.status < 300) {
		log.done[name] = (log.done[name] ?? 0) + 1;
		return rs;
	}
	const why = `${name} ${rs.status}`;
	log.refused[why] = (log.refused[why] ?? 0) + 1;
	assert.ok([404, 409, 412, 422, 503].includes(rs.status),
		`${method} ${path} ${rs.status} ${rs.text}`);
	return rs;
}

async function make(who, resource, body) {
	const rs = await act(who, 'POST', `/api/${resource}`, { body });
	if (rs.status === 201)
		made[resource].add(rs.json.id);
	return rs.json;
}

async function some(who, resource, filter = {}) {
	const rs = await act(who, 'GET', `/api/${resource}` + query({ filter,
		range: [0, 199] }));
	return pick(rs.json);
}

// Reads a number and writes the next number, unless the row has changed in the meantime.
async function edit(who) {
	const one = await some(who, 'contacts');
	if (!one)
		return;
	const path = `/api/contacts/${one.id}`;
	const seen = await act(who, 'GET', path);
	if (seen.status !== 200)
		return;
	assert.ok(seen.headers.etag, 'a row has an ETag');
	const rs = await act(who, 'PUT', path, {
		body: { background: String(Number(seen.json.background) + 1) },
		headers: { 'if-match': seen.headers.etag } });
	if (rs.status === 200)
		edits.set(one.id, (edits.get(one.id) ?? 0) + 1);
	if (rs.status === 412)
		assert.equal(rs.json.current.id, one.id, rs.text);
}

async function drag(who) {
	const deal = await some(who, 'deals');
	if (deal)
		await act(who, 'POST', `/api/deals/${deal.id}/move`,
			{ body: { stage: pick(STAGES), index: pick([0, 1, 5, 99]) } });
}

async function remove(who) {
	const resource = pick(['companies', 'contacts', 'contacts', 'deals',
		'tasks', 'contact_notes', 'deal_notes']);
	const row = await some(who, resource);
	if (row)
		await act(who, 'DELETE', `/api/${resource}/${row.id}`);
}

async function restore(who) {
	const gone = await some(who, 'trash');
	if (gone)
		await act(who, 'POST', `/api/trash/${gone.id}/restore`);
}

async function merge(who) {
	const [loser, winner] = [await some(who, 'contacts'),
		await some(who, 'contacts')];
	if (loser && winner)
		await act(who, 'POST', '/api/merge_contacts',
			{ body: { loserId: loser.id, winnerId: winner.id } });
}

async function part(who) {
	const one = await some(who, 'merges');
	if (one)
		await act(who, 'POST', `/api/merges/${one.id}/undo`);
}

async function add(who) {
	const [company, contact, deal] = [await some(who, 'companies'),
		await some(who, 'contacts'), await some(who, 'deals')];
	await make(who, 'companies', { name: `company ${Math.random()}` });
	await make(who, 'contacts', { last_name: `contact ${Math.random()}`,
		background: '0', company_id: company?.id });
	await make(who, 'deals', { name: `deal ${Math.random()}`,
		stage: pick(STAGES), amount: 100, company_id: company?.id,
		contact_ids: contact ? [contact.id] : [] });
	if (contact) {
		await make(who, 'tasks', { contact_id: contact.id, text: 'call' });
		await make(who, 'contact_notes', { contact_id: contact.id,
			text: 'said hello' });
	}
	if (deal)
		await make(who, 'deal_notes', { deal_id: deal.id, text: 'no news' });
}

async function tick(who) {
	const task = await some(who, 'tasks');
	if (task)
		await act(who, 'PUT', `/api/tasks/${task.id}`, { body: {
			done_date: task.done_date ? null : new Date().toISOString() } });
}

async function work(who, end) {
	while (Date.now() < end)
		await pick([edit, edit, edit, drag, drag, tick, add, remove, restore,
			restore, merge, part])(who);
}

before(async () => {
	boss = await owner('Colleagues');
	const invite = await ask('POST', '/api/invites',
		{ token: boss.token, body: { role: 'member' } });
	assert.equal(invite.status, 201, invite.text);
	const email = `colleague.${Date.now().toString(36)}@people.test`;
	const rs = await ask('POST', '/api/signup', { body: { email,
		password: PASSWORD, first_name: 'Bea', last_name: 'Side',
		invite_token: invite.json.token } });
	assert.equal(rs.status, 201, rs.text);
	const signed = await ask('POST', '/api/auth/sign-in/email',
		{ body: { email, password: PASSWORD } });
	colleague = { token: signed.json.token };
	for (let i = 0; i < 8; i++)
		await add(boss);
	for (const id of made.contacts)
		assert.ok(Number.isInteger(id));
});

const org = () => `'${boss.organization}'`;
const ids = (text) => new Set(sql(text).map(([id]) => Number(id)));

test('two members work on the same rows', async () => {
	const end = Date.now() + SECONDS * 1000;
	await Promise.all([boss, colleague].flatMap((who) =>
		Array.from({ length: HANDS }, () => work(who, end))));
	const count = (o) => Object.values(o).reduce((a, b) => a + b, 0);
	console.log(`say ${count(log.done)} done, ${count(log.refused)} refused `
		+ JSON.stringify(log.refused));
	for (const [name, least] of [['POST /api/merge_contacts', 1],
		['POST /api/trash/#/restore', 1], ['POST /api/merges/#/undo', 1],
		['POST /api/deals/#/move', 5], ['PUT /api/contacts/#', 5]])
		assert.ok((log.done[name] ?? 0) >= least, `${name} succeeded too rarely`);
});

test('no row is missing or duplicated', () => {
	for (const resource of RESOURCES) {
		const live = ids(`SELECT id FROM crm.${resource} WHERE org_id = ${org()}`);
		const trash = ids(`SELECT row_id FROM crm.trash
			WHERE org_id = ${org()} AND resource = '${resource}'`);
		const merged = resource === 'contacts' ? ids(`SELECT loser_id
			FROM crm.merges WHERE org_id = ${org()} AND undone_at IS NULL`)
			: new Set();
		for (const id of made[resource]) {
			const places = [live, trash, merged].filter((s) => s.has(id));
			assert.equal(places.length, 1, `${resource} ${id}: in `
				+ `${places.length} places`);
		}
	}
});

test('no acknowledged edit is missing', () => {
	const now = new Map(sql(`SELECT id, background FROM crm.contacts
			WHERE org_id = ${org()}
		UNION ALL SELECT row_id, "row"->>'background' FROM crm.trash
			WHERE org_id = ${org()} AND resource = 'contacts'`)
		.map(([id, n]) => [Number(id), Number(n)]));
	let compared = 0;
	for (const [id, n] of edits)
		if (now.has(id)) {
			assert.equal(now.get(id), n, `contact ${id}`);
			compared += n;
		}
	assert.ok(compared > 5, 'too few edits to compare');
});

// Each change is based on the state that the previous change left, so every state except the last has a successor.
test('every change starts from the state that the previous change left', () => {
	for (const resource of RESOURCES) {
		const [[broken]] = sql(`WITH taken AS (
				SELECT row_id, md5(old::text) AS state FROM ops.audit_log
				WHERE org_id = ${org()} AND table_name = '${resource}'
				  AND old IS NOT NULL
				UNION ALL SELECT id::text, md5(row_to_json(t)::text)
				FROM crm.${resource} t WHERE org_id = ${org()}),
			left_behind AS (
				SELECT row_id, md5(new::text) AS state FROM ops.audit_log
				WHERE org_id = ${org()} AND table_name = '${resource}'
				  AND new IS NOT NULL)
			SELECT count(*) FROM ((TABLE taken EXCEPT ALL TABLE left_behind)
				UNION ALL (TABLE left_behind EXCEPT ALL TABLE taken)) x`);
		assert.equal(broken, '0', `${resource}: ${broken} changes`);
	}
});

test('no row has lost its parent', () => {
	assert.deepEqual(sql(`SELECT d.id, c FROM crm.deals d, unnest(contact_ids) c
		WHERE d.org_id = ${org()}
		  AND NOT EXISTS (SELECT FROM crm.contacts k
			WHERE k.org_id = d.org_id AND k.id = c)
		  AND NOT EXISTS (SELECT FROM crm.trash t WHERE t.org_id = d.org_id
			AND t.resource = 'contacts' AND t.row_id = c)
		  AND NOT EXISTS (SELECT FROM crm.merges m WHERE m.org_id = d.org_id
			AND m.loser_id = c)`), [], 'contacts of deals');
	assert.deepEqual(sql(`SELECT t.id FROM crm.trash t
		WHERE t.org_id = ${org()} AND NOT EXISTS (SELECT FROM crm.trash r
			WHERE r.org_id = t.org_id AND r.id = t.root_id)`), [],
	'rows in the trash without their root');
});

test('all counts are correct', async () => {
	for (const resource of RESOURCES) {
		const rs = await ask('GET', `/api/${resource}` + query({
			range: [0, 0] }), { token: colleague.token });
		const [[count]] = sql(`SELECT count(*) FROM crm.${resource}
			WHERE org_id = ${org()}`);
		assert.equal(rs.headers['content-range'].split('/')[1], count);
	}
	const all = async (resource) => (await ask('GET', `/api/${resource}`
		+ query({ range: [0, 9999] }), { token: colleague.token })).json;
	const [companies, contacts, deals, tasks] = await Promise.all(
		['companies', 'contacts', 'deals', 'tasks'].map(all));
	for (const c of companies) {
		assert.equal(c.nb_contacts,
			contacts.filter((k) => k.company_id === c.id).length);
		assert.equal(c.nb_deals,
			deals.filter((d) => d.company_id === c.id).length);
	}
	for (const k of contacts)
		assert.equal(k.nb_tasks, tasks.filter((t) => t.contact_id === k.id
			&& t.done_date === null).length);
});

test('every card has its own position in its column', async () => {
	for (const stage of STAGES) {
		const one = await some(boss, 'deals', { stage });
		if (!one)
			continue;
		await act(boss, 'POST', `/api/deals/${one.id}/move`,
			{ body: { stage, index: 0 } });
		const places = sql(`SELECT index FROM crm.deals WHERE org_id = ${org()}
			AND stage = '${stage}' ORDER BY index`).map(([n]) => Number(n));
		assert.deepEqual(places, places.map((_, n) => n), stage);
	}
});

test('the audit log is intact', () => {
	const tenantry = (...words) => execFileSync(
		`${process.env.BUILD}/tenantry`, ['audit', ...words],
		{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
	tenantry('seal');
	tenantry('verify');
});
