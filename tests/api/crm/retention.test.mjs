// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it runs the purges of all organizations.
// How long an organization keeps its logs: retentionDays of the configuration.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ask, owner, sql } from '../../lib/api.mjs';

let short, usual;
const config = {};

before(async () => {
	short = await owner('Short');
	usual = await owner('Usual');
	Object.assign(config, (await ask('GET', '/api/configuration/1', { token: short.token })).json.config);
});

const put = (retentionDays) => ask('PUT', '/api/configuration/1', { token: short.token, body: { config: { ...config, retentionDays } } });
const count = (table, { organization }) => Number(sql(`SELECT count(*) FROM ${table} WHERE org_id = '${organization}'`)[0][0]);
const purge = (task, call) => sql(`UPDATE ops.organization_turn SET due_at = now() - interval '1 second' WHERE task = '${task}'; SELECT ${call}`);
const idOf = (days) => `((extract(epoch FROM now() - interval '${days} days') - 1735689600) * 1000)::bigint << 12`;

test('only known logs and periods within the limits are accepted', async () => {
	for (const wrong of [1, 'x', [], null, { contacts: 30 }, { audit_log: 34 }, { audit_log: 36501 }, { audit_log: '90' }, { audit_log: null },
		{ webhook_deliveries: 31 }, { webhook_deliveries: 0 }, { automation_runs: 1.5 }, { automation_runs: -1 }]) {
		const rs = await put(wrong);
		assert.equal(rs.status, 422, `${JSON.stringify(wrong)} ${rs.text}`);
		assert.equal(rs.json.code, 'retention_days');
	}
	assert.equal((await put({ audit_log: 35, webhook_deliveries: 3, automation_runs: 5 })).status, 200);
});

test('deliveries are purged after the period of their organization, at most 30 days', async () => {
	for (const who of [short, usual]) {
		const { id } = (await ask('POST', '/api/webhooks', { token: who.token, body: { url: 'https://hook.test/', events: ['tags.create'] } })).json;
		for (const days of [1, 4, 31])
			sql(`SELECT set_config('app.org_id', '${who.organization}', false);
				INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event, row_id, status, created_at)
				VALUES ('${who.organization}', ${id}, 'tags.create', 1, 'delivered', now() - interval '${days} days')`);
	}
	purge('webhook_deliveries', 'ops.purge_deliveries(1000)');
	assert.equal(count('crm.webhook_deliveries', short), 1);
	assert.equal(count('crm.webhook_deliveries', usual), 2);
});

test('automation runs are purged after the period of their organization, at most that of the operator', async () => {
	for (const who of [short, usual]) {
		sql(`DELETE FROM crm.automation_runs WHERE org_id = '${who.organization}'`);
		for (const days of [1, 6, 40])
			sql(`INSERT INTO crm.automation_runs (org_id, id, rule_id, resource, row_id, depth, outcome)
				VALUES ('${who.organization}', ${idOf(days)}, 1, 'tags', 1, 0, 'done')`);
	}
	purge('automation_runs', 'crm.sweep_automation_runs(30, 1000)');
	assert.equal(count('crm.automation_runs', short), 1);
	assert.equal(count('crm.automation_runs', usual), 2);
	purge('automation_runs', 'crm.sweep_automation_runs(3, 1000)');
	assert.equal(count('crm.automation_runs', usual), 1);
});

test('messages go to the trash after the period of their organization, except those of contacts with a hold', async () => {
	assert.equal((await put({ messages: 29 })).status, 422);
	assert.equal((await put({ audit_log: 35, messages: 60 })).status, 200);
	const api = (who, path, body) => ask('POST', path, { token: who.token, body }).then(({ json, status, text }) => {
		assert.ok(status < 300, text);
		return json.id;
	});
	for (const who of [short, usual]) {
		const [free, held] = [await api(who, '/api/contacts', { last_name: 'Free' }), await api(who, '/api/contacts', { last_name: 'Held' })];
		await api(who, '/api/contact_holds', { contact_id: held, reason: 'A lawsuit' });
		for (const [contact_id, days] of [[free, 59], [free, 61], [held, 61], [null, 61]])
			await api(who, '/api/messages', { channel: 'sms', direction: 'inbound', status: 'received', body: `${days}`, contact_id,
				sent_at: new Date(Date.now() - days * 86400e3).toISOString() });
	}
	purge('messages', 'crm.sweep_messages(1000)');
	assert.equal(count('crm.messages', short), 2);
	assert.equal(count('crm.messages', usual), 4);
	const trash = (await ask('GET', '/api/trash', { token: short.token })).json.filter(({ resource }) => resource === 'messages');
	assert.equal(trash.length, 2);
	const { json } = await ask('GET', '/api/configuration/retention', { token: short.token });
	assert.deepEqual(json.records.find(({ kind }) => kind === 'messages'),
		{ kind: 'messages', days: 60, default_days: null, min_days: 30, max_days: 36500 });
	assert.deepEqual(json.trash.find(({ kind }) => kind === 'messages'), { kind: 'messages', days: null, default_days: 30, min_days: 0, max_days: 3650 });
});

test('a stored value that is not valid is ignored', async () => {
	sql(`SET session_replication_role = replica; UPDATE crm.configuration SET config = config || '{"retentionDays": {"webhook_deliveries": "x", "automation_runs": 1e99}}'
		WHERE org_id = '${usual.organization}'`);
	purge('webhook_deliveries', 'ops.purge_deliveries(1000)');
	assert.equal(count('crm.webhook_deliveries', usual), 2);
});

test('entries of the audit log are due after the period of their organization, and that of the operator', async () => {
	const due = (days) => JSON.parse(sql(`SELECT crm.audit_due(${days})`)[0][0]);
	const age = (time) => Math.round((Date.now() - new Date(time)) / 86400e3);
	assert.equal(age(due(35)[short.organization]), 35);
	assert.equal(age(due(365)[short.organization]), 365);
	assert.equal(due(35)[usual.organization], undefined);
});
