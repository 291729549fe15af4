// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// The ledger. Entries sum to zero and never change, an event is posted once, and members can read their own entries.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { good, list } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { member, owner, tenantry } from '../lib/people.mjs';

let boss, guest, other, viewer, org;
const profiles = {};

const due = (who, amount = 1250, more = {}) => good(boss.browser.post('/api/user_billing_schedules',
	{ member_id: profiles[who.id].id, amount, currency: 'EUR', ...more }));
const pay = async (schedule) => {
	const { id } = await good(boss.browser.post('/api/user_payments', { billing_schedule_id: schedule.id }));
	return good(boss.browser.post(`/api/user_payments/${id}/succeed`, {}));
};
const balance = async (who, kind, member_id = null, currency = 'EUR') =>
	(await list(who, 'ledger_accounts', { kind, currency, ...member_id && { member_id } }))[0]?.balance;
const fails = (statement, pattern) => assert.throws(() => sqlFor(org, statement), pattern);

before(async () => {
	boss = await owner('ledger');
	org = boss.organization.id;
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	guest = await member(boss, 'portal');
	other = await member(boss, 'portal');
	viewer = await member(boss, 'viewer');
	for (const who of [boss, guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

test('dues, payments, waivers and refunds have entries that sum to zero', async () => {
	const first = await due(guest, 1250), second = await due(guest, 700);
	assert.equal(await balance(boss, 'receivable', profiles[guest.id].id), 1950);
	const payment = await pay(first);
	assert.equal(await balance(boss, 'receivable', profiles[guest.id].id), 700);
	await good(boss.browser.post(`/api/user_billing_schedules/${second.id}/waive`, { reason: 'hardship' }));
	assert.deepEqual([await balance(boss, 'receivable', profiles[guest.id].id), await balance(boss, 'cash'), await balance(boss, 'income')],
		[0, 1250, -1250]);
	await good(boss.browser.post(`/api/user_payments/${payment.id}/refund`, { reason: 'by mistake' }));
	assert.deepEqual([await balance(boss, 'receivable', profiles[guest.id].id), await balance(boss, 'cash')], [1250, 0]);
	const kinds = (await list(boss, 'ledger_transactions')).map(({ kind, key }) => [kind, key]);
	assert.deepEqual(kinds, [['charge', `charge ${first.id}`], ['charge', `charge ${second.id}`], ['payment', `payment ${payment.id}`],
		['waiver', `waiver ${second.id}`], ['refund', `refund ${payment.id}`]]);
	const entries = await list(boss, 'ledger_entries');
	assert.equal(entries.length, 10);
	assert.equal(entries.reduce((sum, { amount }) => sum + amount, 0), 0);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
	assert.deepEqual(sql('SELECT * FROM ops.wrong_totals()'), []);
});

// The view hides the accounts of others from a member, but the function must not rely on the view.
test('only the member and users who may read all accounts can read an account\'s balance', async () => {
	const [account] = await list(boss, 'ledger_accounts', { kind: 'receivable', member_id: profiles[guest.id].id });
	const told = (who) => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}'; SET app.user_id = '${who.id}'; SET app.role = 'portal';
		SET app.grants = '{}'; SELECT coalesce(membership.ledger_balance(${account.id})::text, 'none')`).at(-1)[0];
	assert.deepEqual([told(guest), told(other)], [String(account.balance), 'none']);
});

test('currencies have separate accounts', async () => {
	await due(other, 300, { currency: 'CHF' });
	assert.deepEqual([await balance(boss, 'receivable', profiles[other.id].id, 'CHF'), await balance(boss, 'income', null, 'CHF')], [300, -300]);
	assert.equal(await balance(boss, 'receivable', profiles[other.id].id), undefined);
});

test('a portal user reads their own entries, a viewer reads all, and nobody can write', async () => {
	const mine = await list(guest, 'ledger_entries');
	assert.ok(mine.length > 0 && mine.every(({ member_id }) => member_id === profiles[guest.id].id));
	assert.deepEqual((await list(guest, 'ledger_accounts')).map(({ kind, balance: is }) => [kind, is]), [['receivable', 1250]]);
	const all = await list(boss, 'ledger_entries');
	assert.deepEqual(await list(viewer, 'ledger_entries'), all);
	const foreign = all.find(({ member_id }) => member_id === profiles[other.id].id);
	const [one, none] = await Promise.all([foreign.id, 1].map((id) => guest.browser.get(`/api/ledger_entries/${id}`)));
	assert.deepEqual([one.status, none.status], [404, 404]);
	assert.equal((await guest.browser.get('/api/ledger_entries/export')).status, 422);
	for (const resource of ['ledger_accounts', 'ledger_transactions', 'ledger_entries'])
		for (const who of [boss, guest]) {
			const [row] = await list(who, resource);
			for (const rs of [await who.browser.post(`/api/${resource}`, row), await who.browser.patch(`/api/${resource}/${row.id}`, row),
				await who.browser.delete(`/api/${resource}/${row.id}`)])
				assert.ok([404, 405].includes(rs.status), rs.text);
		}
	const stranger = await owner('ledger-stranger');
	await good(stranger.browser.put('/api/modules/membership', { enabled: true }));
	assert.deepEqual(await list(stranger, 'ledger_entries'), []);
});

test('no database role can change entries in SQL', async () => {
	for (const role of [null, 'tenantry_app', sql('SELECT relowner::regrole FROM pg_class WHERE oid = \'membership.ledger_entries\'::regclass')[0][0]])
		for (const table of ['ledger_accounts', 'ledger_transactions', 'ledger_entries'])
			for (const statement of ['UPDATE membership.@ SET created_at = now()', 'DELETE FROM membership.@', 'TRUNCATE membership.@ CASCADE'])
				fails(`SET SESSION AUTHORIZATION DEFAULT; ${role ? `SET ROLE ${role};` : ''} SET app.grants = '*'; SET app.role = 'owner';
					SET app.modules = '{membership}'; SET app.user_id = '${boss.id}'; ${statement.replace('@', table)}`,
				/append-only|permission denied/);
	// Refused transactions are incomplete, are too large, or have an entry that was added later.
	const [[account]] = sqlFor(org, `SELECT id FROM membership.ledger_accounts WHERE org_id = '${org}' LIMIT 1`);
	const begin = `WITH t AS (INSERT INTO membership.ledger_transactions (org_id, key, kind) VALUES ('${org}', 'by hand', 'charge') RETURNING id)`;
	const entry = (amount) => `INSERT INTO membership.ledger_entries (org_id, transaction_id, account_id, amount)
		SELECT '${org}', t.id, ${account}, ${amount} FROM t`;
	fails(`${begin} ${entry(1)}`, /do not sum to zero/);
	fails(`INSERT INTO membership.ledger_transactions (org_id, key, kind) VALUES ('${org}', 'by hand', 'charge')`, /do not sum to zero/);
	fails(`WITH t AS (SELECT min(id) AS id FROM membership.ledger_transactions WHERE org_id = '${org}') ${entry(1)}`, /has its entries/);
});

test('an event is posted once', async () => {
	const [[first], [again]] = [1, 2].map(() => sqlFor(org, `SELECT membership.book('${org}', 'event', 'payment', ${profiles[guest.id].id},
		'EUR', 5, 'cash', 'receivable', NULL, NULL)`)[0]);
	assert.equal(again, first);
	fails(`SELECT membership.book('${org}', 'event', 'payment', ${profiles[guest.id].id}, 'EUR', 6, 'cash', 'receivable', NULL, NULL)`,
		/another transaction with the key/);
	assert.equal(await balance(boss, 'cash'), 5);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
});

test('a wrong balance is detected, and a profile with entries cannot be deleted', async () => {
	const change = (by) => sql(`UPDATE ops.totals t SET change = t.change + (${by}) FROM (SELECT min(x.resource) AS resource FROM ops.totals x
		WHERE x.org_id = '${org}' AND x.resource LIKE 'ledger_entries %') y WHERE t.org_id = '${org}' AND t.resource = y.resource`);
	change(1);
	assert.equal(sql('SELECT * FROM membership.wrong_ledgers()').length, 1);
	change(-1);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
	const paper = await good(boss.browser.post('/api/user_profiles', { last_name: 'Paper' }));
	profiles.paper = paper;
	await due({ id: 'paper' });
	assert.equal((await boss.browser.delete(`/api/user_profiles/${paper.id}`)).status, 409);
});

test('an archive contains the ledger, and a purge deletes it', async () => {
	await good(boss.browser.post('/api/agreement_documents', { name: 'statutes', title: 'Statutes', text: 'Text' }).then(async (rs) =>
		boss.browser.post('/api/user_agreements/accept', { document_id: rs.json.id, hash: rs.json.hash })));
	await good(boss.browser.post('/api/user_subscriptions', { member_id: profiles[guest.id].id, plan: 'x', amount: 5, currency: 'EUR',
		starts_on: '2026-01-31' }));
	sql('SELECT membership.run_tasks(3)');
	const folder = mkdtempSync(join(tmpdir(), 'tenantry-ledger-'));
	const [[slug]] = sql('SELECT slug FROM identity.organization WHERE id = $1', org);
	try {
		tenantry('org', 'export', slug, '--to', join(folder, 'a.tar'));
		tenantry('org', 'import', join(folder, 'a.tar'), '--slug', 'ledger-copy');
		const [[copy]] = sql(`SELECT id FROM identity.organization WHERE slug = 'ledger-copy'`);
		const sums = (id) => sqlFor(id, `SELECT a.kind, a.currency, a.member_id, sum(t.change) FROM membership.ledger_accounts a
			JOIN ops.totals t ON t.org_id = a.org_id AND t.resource = 'ledger_entries ' || a.id WHERE a.org_id = '${id}'
			GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`);
		assert.ok(sums(org).length > 3);
		assert.deepEqual(sums(copy), sums(org));
		assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
		sql(`UPDATE identity.organization SET deleted_at = now() - interval '99 days' WHERE id = $1`, copy);
		while (sql(`SELECT ops.purge_organizations('30 days', 200)`)[0][0] !== '0')
			;
		for (const table of ['ledger_entries', 'ledger_accounts', 'ledger_transactions', 'user_payments', 'user_agreements', 'user_profiles'])
			assert.equal(sqlFor(copy, `SELECT count(*) FROM membership.${table} WHERE org_id = '${copy}'`)[0][0], '0', table);
		assert.equal(sql(`SELECT count(*) FROM ops.totals WHERE org_id = $1`, copy)[0][0], '0');
		assert.ok((await list(boss, 'ledger_entries')).length > 10);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
