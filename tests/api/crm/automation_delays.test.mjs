// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts all emails, and simulates the passing of days for all organizations.
// Rules on appointments, delayed rules, and the /api/automations alias.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, sqlFor } from '../lib/database.mjs';
import { startJobs, until } from '../lib/files.mjs';
import { member, owner } from '../lib/people.mjs';

const me = await owner('rules');
const max = await member(me);
const stranger = await owner('stranger');

// Rules send emails only for an owner with a verified address.
const verify = (who, verified = true) => sql(`UPDATE identity."user" SET email_verified = $2
	WHERE id = $1`, who.id, verified);
verify(me);

const post = (path, body, who = me) => who.browser.post(path, body);
async function made(resource, row, who = me) {
	const rs = await post(`/api/${resource}`, row, who);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}
const list = async (resource, filter, who = me) => (await who.browser.get(`/api/${resource}?`
	+ new URLSearchParams({ filter: JSON.stringify(filter) }))).json;
const automation = (trigger_type, trigger, action_type, action, who) => made('automations',
	{ name: trigger_type, trigger_type, trigger, action_type, action }, who);
const runs = (rule) => list('automation_runs', { rule_id: rule.id });
const forget = (rule) => me.browser.send('DELETE', `/api/crm/automations/${rule.id}`);
const mails = (to) => sql(`SELECT template, data FROM ops.mail WHERE recipient = $1 ORDER BY id`, to)
	.map(([template, data]) => ({ template, ...JSON.parse(data) }));
const booked = (row, who) => made('appointments', { title: 'Fitting', time_zone: 'Europe/Paris',
	starts_local: '2027-03-29T09:30', ends_local: '2027-03-29T10:00', location: 'Shop', ...row }, who);
let n = 0;
const person = (row) => made('contacts', { first_name: 'Ada', last_name: 'Lovelace', email_jsonb: [
	{ email: `ada${++n}.${process.pid}@else.test`, type: 'Work' }], ...row });
const addressOf = (contact) => contact.email_jsonb[0].email;

test('S2-14 a booking confirmation is emailed to the contact, in the booking\'s transaction', async () => {
	const rule = await automation('appointment.created', {}, 'send_email',
		{ template: 'booking_confirmation', to: 'contact' });
	assert.deepEqual([rule.trigger, rule.enabled], [{}, true]);
	const ada = await person();
	const tried = await post(`/api/automation_rules/${rule.id}/dry_run`, { resource: 'appointments',
		id: (await booked({ status: 'canceled', contact_id: ada.id })).id });
	assert.equal(mails(addressOf(ada)).length, 1);
	assert.deepEqual([tried.json.matches, tried.json.effect.address, tried.json.effect.moment],
		[true, addressOf(ada), '2027-03-29 09:30'], tried.text);
	const a = await booked({ contact_id: ada.id }, max);
	assert.deepEqual(mails(addressOf(ada)).at(-1), { template: 'booking-confirmation',
		name: 'Ada Lovelace', title: 'Fitting', moment: '2027-03-29 09:30', zone: 'Europe/Paris',
		place: 'Shop', organization: 'rules Ltd' });
	assert.equal(mails(addressOf(ada)).length, 2, 'a dry run sends nothing');
	const run = (await runs(rule)).find((r) => r.row_id === a.id);
	assert.deepEqual([run.resource, run.outcome, run.sales_id], ['appointments', 'done', max.me.id]);
	// If the contact has no address, the rule fails, but the booking succeeds. A refused booking sends no email.
	const silent = await booked({ contact_id: (await person({ email_jsonb: [] })).id });
	assert.match((await runs(rule)).find((r) => r.row_id === silent.id).error, /no address/);
	const before = sql('SELECT count(*) FROM ops.mail')[0][0];
	assert.equal((await post('/api/appointments', { title: 'x', contact_id: ada.id,
		starts_at: '2027-01-01T10:00:00Z', ends_at: '2027-01-01T09:00:00Z' })).status, 422);
	assert.equal(sql('SELECT count(*) FROM ops.mail')[0][0], before);
	await forget(rule);
});

test('S2-14 a custom text is emailed on confirmation if a condition holds', async () => {
	const rule = await automation('appointment.confirmed', { conditions: [
		{ field: 'location', op: 'contains', value: 'shop' }] }, 'send_email',
	{ subject: 'See you at {{starts_local}}', text: '{{title}} in {{location}}', language: 'fr' });
	const ada = await person();
	const a = await booked({ contact_id: ada.id });
	const confirm = (id) => me.browser.send('PATCH', `/api/appointments/${id}`, { status: 'confirmed' });
	await confirm(a.id);
	await confirm(a.id);
	await confirm((await booked({ contact_id: ada.id, location: 'Elsewhere' })).id);
	assert.deepEqual(mails(addressOf(ada)), [{ template: 'message',
		subject: 'See you at 2027-03-29T09:30:00', text: 'Fitting in Shop', organization: 'rules Ltd' }]);
	await forget(rule);
});

test('S2-14 an invalid automation is refused with the field name, and members cannot write automations', async () => {
	const bad = [['trigger_type', 'appointment.gone', {}, 'create_note', { text: 'x' }],
		['trigger_config', 'deal.stale', {}, 'create_note', { text: 'x' }],
		['trigger_config', 'deal.stale', { days: 0 }, 'create_note', { text: 'x' }],
		['trigger_config', 'contact.idle', { days: 1.5 }, 'create_note', { text: 'x' }],
		['trigger_config', 'appointment.ended', { days: 3, hours: 1 }, 'create_note', { text: 'x' }],
		['action_type', 'appointment.created', {}, 'set_field', { field: 'title', value: 'x' }],
		['action_config', 'appointment.created', {}, 'send_email', {}],
		['action_config', 'appointment.created', {}, 'send_email', { to: 'a@b.test', subject: 'x', text: 'x' }],
		['action_config', 'appointment.created', {}, 'send_email', { template: 'welcome' }],
		['action_config', 'appointment.created', {}, 'send_email', { template: 'booking_confirmation', text: 'x' }],
		['action_config', 'contact.created', {}, 'send_email', { template: 'booking_confirmation' }],
		['action_config', 'contact.created', {}, 'send_email', { subject: '{{email_jsonb}}', text: 'x' }]];
	for (const [member, trigger_type, trigger, action_type, action] of bad) {
		const rs = await post('/api/automations', { name: 'x', trigger_type, trigger, action_type, action });
		assert.equal(rs.status, 422, JSON.stringify(action));
		assert.ok(Object.keys(rs.json.errors).every((path) => `${path}.`.startsWith(`${member}.`)), `${member} ${rs.text}`);
	}
	const rule = await automation('deal.stale', { days: 3 }, 'create_note', { text: 'x' });
	for (const [method, path] of [['POST', ''], ['PATCH', `/${rule.id}`], ['DELETE', `/${rule.id}`]])
		assert.equal((await max.browser.send(method, `/api/automations${path}`, { name: 'y' })).status, 422);
	assert.equal((await list('automations', { id: rule.id }, max)).length, 1);
	assert.deepEqual(await list('automations', { id: rule.id }, stranger), []);
	assert.equal((await list('automation_rules', { id: rule.id }))[0].trigger_config.days, 3);
	await forget(rule);
});

test('S2-14 delayed rules run once per row, with the permissions of the rule\'s author', async () => {
	const org = me.organization.id;
	const ada = await person({ last_seen: '2026-01-01T00:00:00Z' });
	const rules = [await automation('deal.stale', { days: 3 }, 'create_task',
		{ text: 'Follow up on {{name}}', type: 'follow-up', due_in_days: 1 }),
	await automation('appointment.ended', { days: 2 }, 'send_email',
		{ subject: 'How was it?', text: 'Thanks for {{title}}' }),
	await automation('contact.idle', { days: 30, conditions: [
		{ field: 'first_name', op: 'eq', value: 'Ada' }] }, 'create_note', { text: 'Call {{first_name}}' })];
	const deal = (name, row) => made('deals', { name, stage: 'opportunity', contact_ids: [ada.id], ...row }, max);
	const [stale, fresh, won, old] = [await deal('stale'), await deal('fresh'),
		await deal('won', { stage: 'won' }), await deal('old')];
	const ended = await booked({ contact_id: ada.id, title: 'Dinner' });
	const off = await booked({ contact_id: ada.id, title: 'Off', status: 'canceled' });
	// Simulates the passing of four days for the rows and the rules.
	sql(`ALTER TABLE crm.deals DISABLE TRIGGER USER; ALTER TABLE crm.appointments DISABLE TRIGGER USER;
		SET app.org_id = '${org}';
		UPDATE crm.deals SET updated_at = now() - interval '3 days 1 hour' WHERE id IN (${stale.id}, ${won.id});
		UPDATE crm.deals SET updated_at = now() - interval '8 days' WHERE id = ${old.id};
		UPDATE crm.appointments SET starts_at = now() - interval '3 days', ends_at = now() - interval '2 days 1 hour'
			WHERE id IN (${ended.id}, ${off.id});
		ALTER TABLE crm.deals ENABLE TRIGGER USER; ALTER TABLE crm.appointments ENABLE TRIGGER USER;`);
	sqlFor(org, `UPDATE crm.contacts SET last_seen = now() - interval '30 days 1 hour' WHERE id = $1`, ada.id);
	const passes = () => sql(`UPDATE ops.automation_clock SET looked_at = now() - interval '1 hour',
		ran_until = least(ran_until, now() - interval '4 days') WHERE org_id = $1`, org);
	const looked = () => sql(`SELECT count(*) FROM ops.automation_clock
		WHERE looked_at < now() - interval '5 minutes' AND org_id = $1`, org)[0][0] === '0';
	passes();
	const jobs = [startJobs(), startJobs()];
	try {
		await until(looked, 20000);
		// A second pass finds nothing, because the clock has advanced.
		sql(`UPDATE ops.automation_clock SET looked_at = now() - interval '1 hour' WHERE org_id = $1`, org);
		sql('NOTIFY tenantry_periodic_tasks');
		await until(looked, 20000);
	} finally {
		await Promise.all(jobs.map((j) => j.stop()));
	}
	assert.deepEqual((await list('tasks', { contact_id: ada.id })).map((t) => [t.text, t.type, t.sales_id]),
		[['Follow up on stale', 'follow-up', me.me.id]]);
	assert.deepEqual(mails(addressOf(ada)).map((m) => [m.subject, m.text]),
		[['How was it?', 'Thanks for Dinner']]);
	assert.deepEqual((await list('contact_notes', { contact_id: ada.id })).map((x) => [x.text, x.sales_id]),
		[['Call Ada', me.me.id]]);
	for (const rule of rules)
		assert.deepEqual((await runs(rule)).map((r) => r.outcome), ['done'], rule.trigger_type);
	// A dry run also checks whether the delay has passed.
	const ask = async (id) => (await post(`/api/automation_rules/${rules[0].id}/dry_run`,
		{ resource: 'deals', id })).json.matches;
	assert.deepEqual([await ask(stale.id), await ask(fresh.id)], [true, false]);
	await Promise.all(rules.map(forget));
	assert.equal(sql(`SELECT count(*) FROM ops.automation_clock WHERE org_id = $1`, org)[0][0], '0');
});

test('S2-14 rules send a limited number of emails per hour', async () => {
	const rule = await automation('contact.created', {}, 'send_email', { to: 'owner', subject: 'x', text: 'x' });
	sql(`INSERT INTO identity.rate_limit SELECT format('rule mail %s %s', $1::text,
		to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24')), 199, now()
		ON CONFLICT ON CONSTRAINT rate_limit_pkey DO UPDATE SET count = 199, last_request = now()`,
	me.organization.id);
	await person();
	await person();
	assert.deepEqual((await runs(rule)).map((r) => r.outcome).sort(), ['done', 'failed']);
	assert.equal(mails(me.email).filter((m) => m.template === 'message').length, 1);
	await forget(rule);
});

test('S2-14 rules send no emails for an organization without a verified owner', async () => {
	const rule = await automation('contact.created', {}, 'send_email', { subject: 'x', text: 'x' });
	sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'rule mail%'`);
	verify(me, false);
	verify(max);
	const ada = await person();
	assert.deepEqual((await runs(rule)).map((r) => r.outcome), ['failed'], 'a member is no owner');
	assert.deepEqual(mails(addressOf(ada)), []);
	verify(me);
	const eve = await person();
	assert.equal(mails(addressOf(eve)).length, 1);
	await forget(rule);
});

test('S2-14 the emails of rules are limited for all organizations of an owner, and for the installation', async () => {
	const rule = await automation('contact.created', {}, 'send_email', { subject: 'x', text: 'x' });
	for (const [key, most] of [[`user ${me.id}`, 500], ['all', 10000]]) {
		sql(`DELETE FROM identity.rate_limit WHERE key LIKE 'rule mail%'`);
		sql(`INSERT INTO identity.rate_limit SELECT format('rule mail %s %s', $1::text,
			to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24')), $2::integer, now()`, key, most - 1);
		const [ada, eve] = [await person(), await person()];
		assert.deepEqual([mails(addressOf(ada)).length, mails(addressOf(eve)).length], [1, 0], key);
	}
	await forget(rule);
});
