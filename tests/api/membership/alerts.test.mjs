// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Rules that monitor payments raise each alert once. Each caller tries each status change of an alert.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { NOT_ALLOWED, good, list, refused } from '../lib/answers.mjs';
import { sql, sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';

let boss, staff, clerk, viewer, guest, org;
const profiles = {};

const AT = '/api/admin_alerts';
const rule = (row) => good(boss.browser.post('/api/monitoring_rules', { name: 'rule', ...row }));
const person = async () => (await good(boss.browser.post('/api/user_profiles', { last_name: 'Person' }))).id;
const pending = async (member_id, amount, currency = 'EUR') => (await good(boss.browser.post('/api/user_payments', { member_id, amount, currency }))).id;
const succeed = (id) => boss.browser.post(`/api/user_payments/${id}/succeed`, {});
const paid = async (...payment) => {
	const id = await pending(...payment);
	await good(succeed(id));
	return id;
};
const alerts = (member_id) => list(boss, 'admin_alerts', { member_id });
let n = 0;
const raise = (more = {}) => {
	const row = { title: 'x', severity: 'low', ...more, key: `test ${++n}` };
	return Number(sqlFor(org, `INSERT INTO membership.admin_alerts (${Object.keys(row)}) VALUES (${Object.values(row).map((v) => `'${v}'`)})
		RETURNING id`)[0][0]);
};

before(async () => {
	boss = await owner('alerts');
	org = boss.organization.id;
	await good(boss.browser.put('/api/modules/membership', { enabled: true }));
	[staff, clerk, viewer, guest] = [await member(boss, 'member'), await member(boss, 'member'), await member(boss, 'viewer'),
		await member(boss, 'portal')];
	for (const who of [boss, staff, guest])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
});

test('rules find amounts, many payments, and countries, each once', async () => {
	const rules = [await rule({ kind: 'amount', amount: 5000, currency: 'EUR', severity: 'high' }),
		await rule({ kind: 'velocity', payments: 3, hours: 24 }), await rule({ kind: 'velocity', amount: 9000, currency: 'EUR', hours: 24, severity: 'low' }),
		await rule({ kind: 'country', countries: 'KP IR' }), await rule({ kind: 'amount', amount: 1, currency: 'EUR', enabled: false })];
	const [big, many, far] = [await person(), await person(), await person()];
	for (const amount of [4999, 5000])
		await paid(big, amount);
	await paid(big, 5000, 'USD');
	assert.deepEqual((await alerts(big)).map(({ severity, status, resource }) => [severity, status, resource]).sort(),
		[['high', 'open', 'user_payments'], ['low', 'open', 'user_payments'], ['medium', 'open', 'user_payments']],
		'one of the amount, one of the sum, one of the number');
	for (let i = 0; i < 4; i++)
		await paid(many, 1);
	assert.equal((await alerts(many)).length, 2, 'the third and the fourth');
	await good(boss.browser.post('/api/user_addresses', { member_id: far, kind: 'home', line1: 'x', city: 'x', country: 'KP' }));
	const payment = await paid(far, 1);
	const found = await list(boss, 'transaction_monitoring', { payment_id: payment });
	assert.deepEqual(found.map(({ rule_id, found: what }) => [rule_id, what]), [[rules[3].id, 'KP']]);
	// Neither a refund nor a rule of another organization raises an alert.
	await good(boss.browser.post(`/api/user_payments/${payment}/refund`, {}));
	assert.equal((await alerts(far)).length, 1);
	assert.equal((await boss.browser.delete(`/api/monitoring_rules/${rules[3].id}`)).status, 422, 'it has found something');
	for (const { id } of rules)
		await good(boss.browser.patch(`/api/monitoring_rules/${id}`, { enabled: false }));
	for (const bad of [{ kind: 'amount' }, { kind: 'amount', amount: 1 }, { kind: 'velocity', hours: 1 }, { kind: 'country', countries: 'fr' },
		{ kind: 'country', countries: 'FR', amount: 1, currency: 'EUR' }, { kind: 'x' }])
		assert.equal((await boss.browser.post('/api/monitoring_rules', { name: 'x', ...bad })).status, 422, JSON.stringify(bad));
});

test('concurrent payments are counted one after the other, and each raises one alert', async () => {
	const { id: ruled } = await rule({ kind: 'velocity', payments: 2, hours: 1 });
	const who = await person();
	const ids = await Promise.all(Array.from({ length: 8 }, () => pending(who, 1)));
	const all = await Promise.all([...ids, ...ids].map(succeed));
	assert.equal(all.filter(({ status }) => status === 200).length, 8);
	assert.equal((await alerts(who)).length, 7, 'all but the first');
	assert.deepEqual(sql(`SELECT count(*), count(DISTINCT payment_id) FROM membership.transaction_monitoring WHERE rule_id = ${ruled}`), [['7', '7']]);
	await good(boss.browser.patch(`/api/monitoring_rules/${ruled}`, { enabled: false }));
});

const MOVES = { acknowledge: [['open'], 'acknowledged'], resolve: [['acknowledged'], 'resolved'], dismiss: [['acknowledged'], 'dismissed'],
	reopen: [['resolved', 'dismissed'], 'open'] };
const MAY = { boss: Object.keys(MOVES), staff: ['acknowledge', 'resolve', 'dismiss'], clerk: ['acknowledge'], viewer: [] };

test('each caller can make only the permitted status changes of an alert', async () => {
	const callers = { boss, staff, clerk, viewer };
	for (const [name, who] of Object.entries(callers))
		for (const from of ['open', 'acknowledged', 'resolved', 'dismissed'])
			for (const [action, [needs, becomes]] of Object.entries(MOVES)) {
				// The user "staff" is the assignee.
				const id = raise({ status: from, assigned_to: staff.me.id });
				const rs = await who.browser.post(`${AT}/${id}/${action}`, { reason: 'because' });
				const expected = MAY[name].includes(action) ? (needs.includes(from) ? 200 : 409) : 422;
				assert.equal(rs.status, expected, `${name}: ${action} while ${from}: ${rs.text}`);
				assert.equal((await list(boss, 'admin_alerts', { id }))[0].status, expected === 200 ? becomes : from);
			}
	const table = sql(`SELECT action, string_agg(from_status, ' ' ORDER BY from_status DESC), min(to_status)
		FROM membership.alert_transitions() GROUP BY 1 ORDER BY 1`);
	assert.deepEqual(table, Object.entries(MOVES).map(([action, [from, to]]) => [action, from.join(' '), to]).sort());
});

test('nobody handles an alert about themselves, and members see none', async () => {
	for (const who of [boss, staff]) {
		const id = raise({ member_id: profiles[who.id].id, status: 'acknowledged', assigned_to: who.me.id });
		await refused(who.browser.post(`${AT}/${id}/dismiss`, {}), 422, NOT_ALLOWED);
		await refused(who.browser.post(`${AT}/${id}/assign`, { sales_id: clerk.me.id }), 422, NOT_ALLOWED);
	}
	const id = raise({ member_id: profiles[guest.id].id });
	for (const name of ['admin_alerts', 'monitoring_rules', 'transaction_monitoring'])
		await refused(guest.browser.get(`/api/${name}`), 422, NOT_ALLOWED);
	await refused(guest.browser.get(`${AT}/${id}`), 422, NOT_ALLOWED);
	await refused(guest.browser.post(`${AT}/${id}/acknowledge`, {}), 422, NOT_ALLOWED);
	const as = (who, role, grants, statement) => () => sqlFor(org, `SET ROLE tenantry_app; SET app.modules = '{membership}'; SET app.user_id = '${who.id}';
		SET app.role = '${role}'; SET app.grants = '${grants}'; SET app.sales_id = '${who.me.id}'; ${statement}`);
	const set = (change) => `UPDATE membership.admin_alerts SET ${change} WHERE id = ${id}`;
	assert.throws(as(clerk, 'member', '*', set(`status = 'dismissed'`)), /cannot become dismissed/);
	assert.throws(as(clerk, 'member', '*', set(`title = 'y'`)), NOT_ALLOWED);
	assert.throws(as(clerk, 'member', '*', set(`assigned_to = ${staff.me.id}`)), NOT_ALLOWED);
	assert.throws(as(boss, 'owner', '*', `INSERT INTO membership.admin_alerts (key, title, severity) VALUES ('k', 't', 'low')`), /permission denied/);
	as(clerk, 'member', '*', set(`assigned_to = ${clerk.me.id}`))();
	assert.equal(as(guest, 'portal', '{}', 'SELECT count(*) FROM membership.admin_alerts')()[0][0], '0');
});

test('reviewers claim the most severe alert first, and each alert once', async () => {
	sqlFor(org, `SET app.restoring = 'on'; UPDATE membership.admin_alerts SET status = 'resolved'`);
	const mine = raise({ severity: 'high', member_id: profiles[boss.id].id });
	const ids = ['low', 'high', 'medium', 'high', 'low', 'medium', 'low', 'low'].map((severity) => ({ id: raise({ severity }), severity }));
	const first = await good(staff.browser.post(`${AT}/claim`));
	assert.deepEqual([first.id, first.status, first.assigned_to], [staff === boss ? mine : mine, 'acknowledged', staff.me.id]);
	const got = await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? clerk : staff).browser.post(`${AT}/claim`)));
	const taken = got.map(({ json }) => json?.id).filter(Boolean);
	assert.deepEqual([...taken].sort(), ids.map(({ id }) => id).sort());
	assert.equal(got.filter(({ text, status }) => status === 200 && text === 'null').length, 4);
	raise({ severity: 'high', member_id: profiles[boss.id].id });
	assert.equal((await boss.browser.post(`${AT}/claim`)).text, 'null', 'the only one is about the caller');
	await refused(viewer.browser.post(`${AT}/claim`), 422, NOT_ALLOWED);
	const given = await good(boss.browser.post(`${AT}/${ids[0].id}/assign`, { sales_id: viewer.me.id }));
	assert.equal(given.assigned_to, viewer.me.id);
	assert.equal((await boss.browser.post(`${AT}/${ids[0].id}/assign`, { sales_id: 1 })).status, 422);
});
