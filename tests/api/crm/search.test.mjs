// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Full-text search across all types.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('search');
const { data, browser } = me;
const other = await member(me);
const stranger = await owner('elsewhere');

const create = async (resource, row, who = data) =>
	(await who.create(resource, { data: row })).data;
const find = async (q, more = {}, who = browser) => {
	const rs = await who.get(`/api/search?${new URLSearchParams({ q, ...more })}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const names = async (...args) => (await find(...args)).map((r) => `${r.resource} ${r.id}`);
const name = (resource, row) => `${resource} ${row.id}`;

const company = await create('companies', { name: 'Brightlane Müller', city: 'Gothenburg' });
const contact = await create('contacts', { first_name: 'Jonathan', last_name: 'Okafor',
	company_id: company.id, title: 'Bookbinder', email_jsonb: [{ email: 'jo@bindery.test' }],
	phone_jsonb: [{ number: '+1 (555) 123-4567' }] });
const deal = await create('deals', { name: 'Catalogue relaunch', stage: 'opportunity',
	description: 'embossed covers' });
const note = await create('contact_notes', { contact_id: contact.id,
	text: `${'so on and on '.repeat(50)}<script>alert("marzipan")</script> ${'and on '.repeat(90)}` });
const dealNote = await create('deal_notes', { deal_id: deal.id, text: 'wants saffron endpapers' });
const task = await create('tasks', { contact_id: contact.id, text: 'send turmeric samples' });
const activity = await create('activities', { contact_id: contact.id, type: 'call',
	subject: 'cardamom prices' });
const appointment = await create('appointments', { title: 'Bindery tour',
	starts_at: '2027-01-31T12:00:00Z', ends_at: '2027-01-31T13:00:00Z' });
const message = await create('messages', { contact_id: contact.id, channel: 'email',
	direction: 'inbound', body: 'about the colophon' });

test('P13 the search finds rows of all types by any of their words', async () => {
	for (const [q, resource, row] of [['jonathan okafor', 'contacts', contact],
		['OKAFOR jon', 'contacts', contact], ['bookb', 'contacts', contact],
		['jo@bindery.test', 'contacts', contact], ['5551234567', 'contacts', contact],
		['(555) 123-4567', 'contacts', contact], ['brightlane', 'companies', company],
		['muller', 'companies', company], ['MÜLLER', 'companies', company],
		['gothen', 'companies', company], ['catalogue', 'deals', deal],
		['embossed cov', 'deals', deal], ['marzipan', 'contact_notes', note],
		['saffron', 'deal_notes', dealNote], ['turmeric samples', 'tasks', task],
		['cardamom', 'activities', activity], ['bindery tour', 'appointments', appointment],
		['colophon', 'messages', message]])
		assert.deepEqual(await names(q), [name(resource, row)], q);
});

test('P13 the search tolerates a typing error in a name', async () => {
	for (const q of ['jonathon', 'jonahtan', 'jonatan', 'jonathaan', 'onathan', 'okafro jonathan',
		'okafr'])
		assert.deepEqual(await names(q), [name('contacts', contact)], q);
	assert.deepEqual(await names('catlogue'), [name('deals', deal)]);
	assert.deepEqual(await names('xonathxn'), []);
	const [hit] = await find('jonathon');
	assert.deepEqual(hit.snippet.filter((p) => p.match).map((p) => p.text), ['Jonathan']);
});

test('P13 better matches come first, regardless of their type', async () => {
	const exact = await create('companies', { name: 'Quillon' });
	const begins = await create('deals', { name: 'Quillon prints', stage: 'opportunity' });
	const inside = await create('companies', { name: 'The Quillon' });
	const prefix = await create('contacts', { last_name: 'Quillonsson' });
	const body = await create('tasks', { contact_id: contact.id, text: 'ask quillon' });
	const typo = await create('contacts', { last_name: 'Quilon' });
	assert.deepEqual(await names('quillon'), [name('companies', exact), name('deals', begins),
		name('contacts', prefix), name('companies', inside), name('tasks', body),
		name('contacts', typo)]);
	assert.deepEqual(await names('quillon', { limit: 2 }),
		[name('companies', exact), name('deals', begins)]);
	assert.deepEqual(await names('quillon', { types: 'tasks,deals' }),
		[name('deals', begins), name('tasks', body)]);
	const scores = (await find('quillon')).map((r) => r.score);
	assert.deepEqual(scores, [...scores].sort((a, b) => b - a));
});

test('P13 a snippet consists of plain-text pieces around the match', async () => {
	const [hit] = await find('marzip');
	assert.equal(hit.title, 'Jonathan Okafor', 'the title of a note is its contact');
	assert.equal(hit.contact_id, contact.id);
	assert.deepEqual(hit.snippet.filter((p) => p.match).map((p) => p.text), ['marzipan']);
	const text = hit.snippet.map((p) => p.text).join('');
	assert.match(text, /^… .*<script>alert\("marzipan"\)<\/script>.* …$/);
	assert.ok(text.length < 300);
	for (const piece of hit.snippet)
		assert.deepEqual(Object.keys(piece).sort(), ['match', 'text']);
});

test('P13 created, changed, deleted and restored rows are found correctly and immediately', async () => {
	const row = await create('contacts', { last_name: 'Wombatton' });
	const on = await create('contact_notes', { contact_id: row.id, text: 'likes kumquats' });
	assert.deepEqual(await names('kumquats'), [name('contact_notes', on)]);
	await data.update('contacts', { id: row.id, data: { last_name: 'Quokkason' }, previousData: {} });
	assert.deepEqual(await names('wombatton'), []);
	assert.deepEqual(await names('quokkason'), [name('contacts', row)]);
	await browser.delete(`/api/contacts/${row.id}`);
	assert.deepEqual([await names('quokkason'), await names('kumquats')], [[], []]);
	const [gone] = (await browser.get('/api/trash')).json;
	assert.equal((await browser.post(`/api/trash/${gone.id}/restore`)).status, 200);
	assert.deepEqual([await names('quokkason'), await names('kumquats')],
		[[name('contacts', row)], [name('contact_notes', on)]]);
	const winner = await create('contacts', { last_name: 'Numbatsen' });
	const { json } = await browser.post('/api/merge_contacts',
		{ loserId: row.id, winnerId: winner.id });
	assert.deepEqual(await names('quokkason'), []);
	assert.equal((await find('kumquats'))[0].contact_id, winner.id);
	await browser.post(`/api/merges/${json.mergeId}/undo`);
	assert.deepEqual(await names('quokkason'), [name('contacts', row)]);
});

test('P13 each member finds only rows of the organization that they may read', async () => {
	const theirs = await create('contacts', { last_name: 'Okafor' }, stranger.data);
	assert.deepEqual(await names('okafor'), [name('contacts', contact)]);
	assert.deepEqual(await names('okafor', {}, stranger.browser), [name('contacts', theirs)]);
	assert.deepEqual(await names('okafor', {}, other.browser), [name('contacts', contact)]);
	const both = await stranger.browser.get(`/api/search?q=okafor&orgId=${me.organization.id}`);
	assert.equal(both.status, 403, both.text);
	assert.equal((await fetch(`${process.env.BASE}/api/search?q=okafor`)).status, 401);
	const [[stored]] = sql(`SELECT count(*) FROM crm.search_documents d
		WHERE NOT EXISTS (SELECT FROM crm.contacts x WHERE x.org_id = d.org_id AND x.id = d.id)
		AND d.kind = 'contacts'`);
	assert.equal(stored, '0');
	await data.update('sales', { id: other.me.id, data: { disabled: true }, previousData: {} });
	const rs = await other.browser.get('/api/search?q=okafor');
	assert.ok([401, 403].includes(rs.status), rs.text);
});

test('P13 any query returns JSON and no server error', async () => {
	for (const q of ['', ' ', '%', '_', "'", "''", '\\', '(', ':*', '!', '&|', 'a & b', '<->',
		'\u00a0', '日本', 'é', '🦔', "' or 1=1 --", '\u0301', 'ſ', 'ﬃ', '.*', '[a-z]', '{1,}'])
		assert.ok(Array.isArray(await find(q)), q);
	const get = async (query) => (await browser.get(`/api/search${query}`)).status;
	assert.equal(await get(''), 200);
	assert.equal(await get('?q=a&limit=x'), 400);
	assert.equal(await get('?q=a&limit=0'), 422);
	assert.equal(await get('?q=a&limit=101'), 422);
	assert.equal(await get('?q=a&types=trash'), 422);
	assert.equal(await get('?q=a&types=a;b'), 400);
	assert.equal(await get(`?q=${'a+'.repeat(11)}`), 422);
	assert.equal(await get(`?q=${'a'.repeat(201)}`), 422);
	assert.equal(await get(`?q=${'a'.repeat(200)}`), 200);
});

test('a contact\'s address may have non-ASCII letters, and its domain is stored in Punycode', async () => {
	const asked = [['Ada@Bücher.Example', 'ada@xn--bcher-kva.example'], ['用户@例子。广告', '用户@xn--fsqu00a.xn--4rr70v'],
		['jörg@STRASSE.example', 'jörg@strasse.example'], ['x@straße.example', 'x@xn--strae-oqa.example'], ['a@pаypal.example', 'a@xn--pypal-4ve.example']];
	for (const [email, stored] of asked) {
		const row = await create('contacts', { last_name: 'Letters', email_jsonb: [{ email, type: 'Work' }] });
		assert.deepEqual(row.email_jsonb, [{ email: stored, type: 'Work' }]);
		// The search finds the address in any notation.
		for (const one of [email, stored, email.toUpperCase()]) {
			const rs = await browser.get(`/api/contacts?filter=${encodeURIComponent(JSON.stringify({ 'email_jsonb@cs': [{ email: one }] }))}`);
			assert.deepEqual(rs.json.map((r) => r.id), one === 'X@STRASSE.EXAMPLE' ? [] : [row.id], one);
		}
		assert.ok((await names(email)).includes(name('contacts', row)), email);
	}
	for (const email of ['a b@bücher.example', 'é@localhost', 'é@b\u00fc cher.example', 'é', '@bücher.example', 'x@bücher', 'a\u200bb@bücher.example',
		`${'é'.repeat(33)}@x.example`, `x@${'ü'.repeat(70)}.example`, 'x@-ü.example']) {
		const rs = await browser.post('/api/contacts', { last_name: 'Letters', email_jsonb: [{ email }] });
		assert.equal(rs.status, 422, `${email}: ${rs.text}`);
	}
	// An account's address must be ASCII, and the error states the reason.
	for (const [path, body] of [['/api/sales', { first_name: 'A', last_name: 'B', email: 'ada@bücher.example' }],
		['/api/auth/sign-up/email', { name: 'A', email: 'ada@bücher.example', password: 'correct horse battery' }]]) {
		const rs = await browser.post(path, body);
		assert.ok(rs.status === 422 || rs.status === 400, rs.text);
		assert.match(rs.text, /must be in ASCII: other letters can look like/, path);
	}
});
