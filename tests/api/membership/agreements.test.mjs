// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Agreements: versions, and acceptances that identify the accepted text. Neither ever changes.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { good, list, refused } from '../lib/answers.mjs';
import { sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, guest, other, viewer, org;
const profiles = {};

const publish = (name, text, more) => good(boss.browser.post('/api/agreement_documents', { name, title: 'Terms', text, ...more }));
const accept = (who, { id, hash }) => who.browser.post('/api/user_agreements/accept', { document_id: id, hash });
const pending = async (who) => (await list(who, 'pending_agreements')).map(({ name, version }) => `${name} ${version}`);

before(async () => {
	boss = await owner('agreements');
	org = boss.organization.id;
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	guest = await member(boss, 'portal');
	other = await member(boss, 'portal');
	viewer = await member(boss, 'viewer');
	for (const who of [boss, guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

test('a member accepts a version, and is asked again for the next version', async () => {
	const text = 'Members pay their fees.\nÜber alles Weitere entscheidet der Vorstand.';
	const first = await publish('statutes', text, { hash: 'f'.repeat(64), version: 9 });
	assert.deepEqual([first.version, first.hash, first.required], [1, createHash('sha256').update(text).digest('hex'), true]);
	assert.deepEqual(await pending(guest), ['statutes 1']);
	const said = await good(guest.browser.post('/api/user_agreements/accept', { document_id: first.id, hash: first.hash },
		{ 'user-agent': 'Test/1 (tests)' }));
	assert.deepEqual([said.member_id, said.version, said.hash, said.user_id, said.agent, said.name],
		[profiles[guest.id].id, 1, first.hash, guest.id, 'Test/1 (tests)', 'statutes']);
	assert.match(said.address, /^[0-9a-f.:]+$/);
	assert.ok(Math.abs(Date.parse(said.accepted_at) - Date.now()) < 60000);
	assert.deepEqual([await pending(guest), await pending(other)], [[], ['statutes 1']]);
	const second = await publish('statutes', `${text} New.`);
	assert.equal(second.version, 2);
	assert.deepEqual(await pending(guest), ['statutes 2']);
	await refused(accept(other, first), 409, /newer version/);
	assert.equal((await good(accept(guest, first))).id, said.id, 'a repetition returns that of before');
	await refused(accept(guest, { ...second, hash: first.hash }), 422, /hash/);
	await refused(accept(guest, { id: 1, hash: first.hash }), 422, /no such row/);
	await good(accept(guest, second));
	assert.deepEqual(await pending(guest), []);
	await publish('statutes', 'No longer required', { required: false });
	assert.deepEqual(await pending(other), []);
});

test('eight concurrent requests accept once, and eight documents get eight versions', async () => {
	const made = await Promise.all(Array.from({ length: 8 }, (_, n) => publish('raced', `text ${n}`)));
	assert.deepEqual(made.map(({ version }) => version).sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
	const newest = made.find(({ version }) => version === 8);
	const all = await Promise.all(Array.from({ length: 8 }, () => good(accept(other, newest))));
	assert.equal(new Set(all.map(({ id }) => id)).size, 1);
	assert.equal((await list(boss, 'user_agreements', { document_id: newest.id })).length, 1);
});

test('members can read documents and their own acceptances, but not publish documents', async () => {
	assert.deepEqual(await list(guest, 'agreement_documents'), await list(boss, 'agreement_documents'));
	assert.ok((await list(guest, 'user_agreements')).every(({ member_id }) => member_id === profiles[guest.id].id));
	const [theirs] = await list(boss, 'user_agreements', { member_id: profiles[other.id].id });
	assert.equal((await guest.browser.get(`/api/user_agreements/${theirs.id}`)).status, 404);
	for (const who of [guest, viewer])
		await refused(who.browser.post('/api/agreement_documents', { name: 'x', title: 'x', text: 'x' }));
	await good(accept(viewer, (await list(viewer, 'pending_agreements'))[0]));
	await refused(boss.browser.post('/api/agreement_documents', { name: 'Not a name', title: 'x', text: 'x' }), 422, /name/);
	await refused(boss.browser.delete(`/api/user_profiles/${profiles[guest.id].id}`), 409, /./);
	const stranger = await owner('agreements-stranger');
	await good(stranger.browser.put('/api/modules/membership', { enabled: true }));
	assert.deepEqual(await list(stranger, 'agreement_documents'), []);
	const document = (await list(guest, 'agreement_documents'))[0];
	const [real, fake] = await Promise.all([document, { ...document, id: 1 }].map((d) => accept(stranger, d)));
	assert.deepEqual([real.status, real.json.detail], [fake.status, fake.json.detail]);
});

test('documents and acceptances cannot be changed, even in SQL', () => {
	for (const table of ['agreement_documents', 'user_agreements'])
		for (const statement of ['UPDATE membership.@ SET hash = hash', 'DELETE FROM membership.@', 'TRUNCATE membership.@ CASCADE'])
			assert.throws(() => sqlFor(org, statement.replace('@', table)), /append-only/);
});
