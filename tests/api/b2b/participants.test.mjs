// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The companies and contacts that take part in an opportunity.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { query, untimed } from '../../lib/api.mjs';
import { good } from '../lib/answers.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, stranger, one, maker, other, seller, buyer, jane;
const refused = async (answer, field, detail = /./, status = 422) => {
	const rs = await answer;
	assert.equal(rs.status, status, rs.text);
	assert.ok(!field || rs.json.errors?.[field], rs.text);
	assert.match(rs.json.detail, detail);
};
const post = (path, body, who = boss) => who.browser.post(`/api/${path}`, body);
const make = (...args) => good(post(...args));
const list = (resource, filter, who = boss) => good(who.browser.get(`/api/${resource}${query({ filter, sort: ['id', 'ASC'] })}`));
const company = async (name, flags, who = boss) => {
	const { id } = await make('companies', { name }, who);
	if (flags)
		await good(who.browser.patch(`/api/company_profiles/${id}`, flags));
	return id;
};
const deal = async (more, who = boss) => (await make('opportunities', { name: 'Sale', stage: 'opportunity', ...more }, who)).id;
const join = (body, who) => post('opportunity_participants', { opportunity_id: one, ...body }, who);
const seen = async (opportunity_id = one) => (await list('opportunity_participants', { opportunity_id }))
	.map((row) => [row.role, row.company_id ?? row.contact_id, row.is_lead]);
const restore = async (row_id, resource) => {
	const [entry] = await list('trash', { row_id, resource });
	return good(post(`trash/${entry.id}/restore`, {}));
};

before(async () => {
	[boss, stranger] = [await owner('participants'), await owner('stranger')];
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/b2b', { enabled: true }));
	[maker, other] = [await company('Maker', { type: 'principal' }), await company('Other', { is_principal: true })];
	[seller, buyer] = [await company('Seller', { type: 'distributor' }), await company('Buyer')];
	jane = (await make('contacts', { last_name: 'Doe', company_id: buyer })).id;
	one = await deal();
});

test('a company or contact takes part in each role only once', async () => {
	const at = await deal();
	const made = await good(join({ opportunity_id: at, company_id: maker, role: 'principal', note: 'introduced us' }));
	assert.deepEqual([made.contact_id, made.is_lead, made.note], [null, false, 'introduced us']);
	for (const [role, who] of [['distributor', { company_id: seller }], ['customer', { company_id: buyer }], ['partner', { company_id: maker }],
		['decision_maker', { contact_id: jane }], ['influencer', { contact_id: jane }], ['other', { contact_id: jane }]])
		await good(join({ opportunity_id: at, role, ...who }));
	assert.equal((await seen(at)).length, 7);
	await refused(join({ opportunity_id: at, role: 'principal', company_id: maker }), null, /./, 409);
	await refused(join({ opportunity_id: at, role: 'other', contact_id: jane }), null, /./, 409);
	const rows = await good(boss.browser.get(`/api/opportunity_participants${query({ filter: { opportunity_id: at, role: 'influencer' },
		embed: ['opportunity', 'contact'] })}`));
	assert.deepEqual([rows[0].opportunity.id, rows[0].contact.last_name], [at, 'Doe']);
});

test('an invalid participant is refused with a message that names the fault', async () => {
	const theirs = await company('Theirs', { type: 'principal' }, stranger);
	await refused(join({ role: 'partner' }), 'company_id');
	await refused(join({ role: 'partner', company_id: maker, contact_id: jane }), 'company_id');
	await refused(join({ role: 'boss', company_id: maker }), 'role');
	await refused(join({ company_id: maker }), 'role');
	await refused(join({ role: 'principal', contact_id: jane }), 'contact_id');
	await refused(join({ role: 'principal', company_id: buyer }), 'company_id', /"Buyer" is not a principal/);
	await refused(join({ role: 'distributor', company_id: maker }), 'company_id', /"Maker" is not a distributor/);
	await refused(join({ role: 'partner', company_id: theirs }), 'company_id');
	await refused(join({ role: 'principal', company_id: theirs }), 'company_id');
	await refused(join({ role: 'other', contact_id: 1 }), 'contact_id');
	await refused(join({ opportunity_id: await deal({}, stranger), role: 'partner', company_id: buyer }), 'opportunity_id');
	await refused(join({ role: 'other', contact_id: jane, note: 'x'.repeat(2001) }), 'note');
	const plain = await good(join({ role: 'partner', company_id: buyer }));
	await refused(boss.browser.patch(`/api/opportunity_participants/${plain.id}`, { role: 'principal' }), 'company_id', /is not a principal/);
	await good(boss.browser.delete(`/api/opportunity_participants/${plain.id}`));
});

test('each role has one lead, and a participating principal keeps its flag', async () => {
	const at = await deal();
	const first = await good(join({ opportunity_id: at, role: 'principal', company_id: maker, is_lead: true }));
	await good(join({ opportunity_id: at, role: 'distributor', company_id: seller, is_lead: true }));
	await good(join({ opportunity_id: at, role: 'principal', company_id: other, is_lead: true }));
	assert.deepEqual(await seen(at), [['principal', maker, false], ['distributor', seller, true], ['principal', other, true]]);
	await good(boss.browser.patch(`/api/opportunity_participants/${first.id}`, { is_lead: true }));
	assert.deepEqual(await seen(at), [['principal', maker, true], ['distributor', seller, true], ['principal', other, false]]);
	await refused(boss.browser.patch(`/api/company_profiles/${other}`, { is_principal: false }), 'is_principal', /has opportunity participants/);

	const next = await deal();
	await good(join({ opportunity_id: next, role: 'principal', company_id: other, is_lead: true }));
	await good(boss.browser.patch(`/api/opportunity_participants/${first.id}`, { opportunity_id: next }));
	assert.deepEqual(await seen(next), [['principal', maker, true], ['principal', other, false]]);

	const rows = await Promise.all(Array.from({ length: 8 }, (_, n) => company(`P${n}`, { is_principal: true })));
	const answers = await Promise.all(rows.map((id) => join({ opportunity_id: at, role: 'principal', company_id: id, is_lead: true })));
	assert.deepEqual(answers.map(({ status }) => status), Array(8).fill(201));
	assert.equal((await seen(at)).filter(([role, , lead]) => role === 'principal' && lead).length, 1);
});

test('participants are deleted and restored with their company, contact and opportunity', async () => {
	const at = await deal();
	const [gone, john] = [await company('Gone', { type: 'principal' }), await make('contacts', { last_name: 'John' })];
	await good(join({ opportunity_id: at, role: 'principal', company_id: gone, is_lead: true }));
	await good(join({ opportunity_id: at, role: 'influencer', contact_id: john.id }));
	const all = await seen(at);
	for (const [resource, id, left] of [['companies', gone, 1], ['contacts', john.id, 1], ['deals', at, 0]]) {
		await good(boss.browser.delete(`/api/${resource}/${id}`));
		assert.equal((await seen(at)).length, left, resource);
		await restore(id, resource);
		assert.deepEqual((await seen(at)).sort(), all.sort(), resource);
	}

	// A different company is the lead now, and this company is no longer a
	// principal.
	await good(boss.browser.delete(`/api/companies/${gone}`));
	await good(join({ opportunity_id: at, role: 'principal', company_id: maker, is_lead: true }));
	await restore(gone, 'companies');
	assert.deepEqual((await seen(at)).filter(([role]) => role === 'principal').sort(), [['principal', gone, false], ['principal', maker, true]].sort());

	// A participant whose company no longer exists is deleted permanently.
	await good(boss.browser.delete(`/api/opportunities/${at}`));
	await good(boss.browser.delete(`/api/companies/${gone}`));
	const [entry] = await list('trash', { row_id: gone, resource: 'companies' });
	await good(boss.browser.delete(`/api/trash/${entry.id}`));
	await restore(at, 'deals');
	assert.deepEqual((await seen(at)).map(([, id]) => id).sort(), [john.id, maker].sort());
});

test('a merge moves participants, and its undo restores them', async () => {
	const at = await deal(), alone = await deal();
	const [winner, loser] = [await make('contacts', { last_name: 'W' }), await make('contacts', { last_name: 'L' })];
	await good(join({ opportunity_id: at, role: 'influencer', contact_id: winner.id }));
	await good(join({ opportunity_id: at, role: 'influencer', contact_id: loser.id, note: 'both', is_lead: true }));
	await good(join({ opportunity_id: alone, role: 'influencer', contact_id: loser.id, note: 'alone' }));
	const before = [await list('opportunity_participants', { opportunity_id: at }), await list('opportunity_participants', { opportunity_id: alone })];
	const { mergeId } = await make('merge_contacts', { loserId: loser.id, winnerId: winner.id });
	assert.deepEqual(await seen(at), [['influencer', winner.id, false]]);
	assert.deepEqual(await seen(alone), [['influencer', winner.id, false]]);
	await make(`merges/${mergeId}/undo`, {});
	assert.deepEqual(untimed([await list('opportunity_participants', { opportunity_id: at }), await list('opportunity_participants', { opportunity_id: alone })]), untimed(before));

	// Merges move participants even while the module is off.
	await good(boss.browser.put('/api/modules/b2b', { enabled: false }));
	assert.equal((await boss.browser.get('/api/opportunity_participants')).status, 404);
	await make('merge_contacts', { loserId: loser.id, winnerId: winner.id });
	await good(boss.browser.put('/api/modules/b2b', { enabled: true }));
	assert.deepEqual(await seen(alone), [['influencer', winner.id, false]]);
});

test('a role can read the participants of the opportunities that it can read', async () => {
	await good(post('auth/organization/create-role', { role: 'own', permission: { deals: ['read:own', 'create'], companies: ['read'],
		contacts: ['read:own', 'create'], opportunity_participants: ['read:own', 'create:own', 'update:own'] } }));
	const own = await member(boss, 'own');
	await good(join({ role: 'influencer', contact_id: jane }));
	assert.deepEqual(await list('opportunity_participants', {}, own), []);
	await refused(join({ role: 'partner', company_id: buyer }, own), 'opportunity_id');
	const mine = await deal({}, own);
	await refused(join({ opportunity_id: mine, role: 'influencer', contact_id: jane }, own), 'contact_id');
	const made = await good(join({ opportunity_id: mine, role: 'partner', company_id: buyer }, own));
	assert.deepEqual((await list('opportunity_participants', {}, own)).map(({ id }) => id), [made.id]);
	await good(own.browser.patch(`/api/opportunity_participants/${made.id}`, { note: 'n' }));
	await refused(own.browser.delete(`/api/opportunity_participants/${made.id}`), null, /your role does not allow this/);
	assert.equal((await stranger.browser.get(`/api/opportunity_participants/${made.id}`)).status, 404);
});
