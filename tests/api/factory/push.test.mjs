// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// own stack: it runs tenantry-jobs with its own settings.
// Integrations that send rows to another system: first all rows, then later changes. Each batch takes effect once.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { add, good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { until } from '../lib/files.mjs';
import { kill, otherSystem, plant, runners, startRunner, stopRunners } from '../lib/integrations.mjs';
import { owner } from '../lib/people.mjs';

const KEY = Buffer.from('0123456789abcdef0123456789abcdef');
let boss, stranger, system, integration, secret, job, ended, run, reason;

before(async () => {
	system = await otherSystem();
	boss = await owner('sender');
	stranger = await owner('elsewhere');
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/factory', { enabled: true }));
	({ integration, secret, job, ended, run, reason } = plant(boss));
	sql(`SELECT set_config('app.org_id', '${boss.organization.id}', false);
		INSERT INTO crm.tags (name, color) SELECT 'Tag ' || n, '#ffffff' FROM generate_series(1, 250) n`);
	await add(stranger, 'tags', { name: 'Strange', color: '#000000' });
	startRunner();
});
after(() => {
	stopRunners();
	system.close();
});

// Starts a receiver that identifies batches by their key, and accepts each batch only once.
function receiver(check = () => null) {
	const taken = { keys: new Map(), rows: new Map(), deleted: [], bodies: [] };
	system.answers['/in'] = ({ headers, body }) => {
		const refusal = check({ headers, body });
		if (refusal)
			return refusal;
		const batch = JSON.parse(body), key = headers['idempotency-key'];
		taken.bodies.push(batch);
		if (!batch.test)
			assert.equal(batch.id, key);
		taken.keys.set(key, (taken.keys.get(key) ?? 0) + 1);
		if (taken.keys.get(key) === 1) {
			for (const row of batch.rows)
				taken.rows.set(row.id, row);
			taken.deleted.push(...batch.deleted);
		}
		return [204, ''];
	};
	return taken;
}
const again = async (id) => {
	await good(boss.browser.patch(`/api/integration_jobs/${id}`, { status: 'queued' }));
	return ended(id, 'succeeded');
};
// Runs a job repeatedly until the condition holds, because the feed must first number the changes.
const follow = (id, condition) => until(async () => {
	await again(id);
	return condition();
}, 120000);

test('a secret is sent only to the address for which it was entered', async () => {
	const settings = { url: system.at('/stolen'), auth: 'api_key' }, seen = [];
	system.answers['/stolen'] = ({ headers }) => (seen.push(headers['x-api-key']), [200, '[]']);
	const named = async (id) => Object.keys((await good(boss.browser.get(`/api/integration_configs/${id}`))).secrets);
	const { integration_id } = await integration('http_json', settings, { api_key: 'of the first' });
	const patch = (more) => good(boss.browser.patch(`/api/integration_configs/${integration_id}`, { settings: { ...settings, ...more } }));
	await patch({ url: system.at('/stolen?page=2') });
	assert.deepEqual(await named(integration_id), ['api_key']);
	const elsewhere = system.at('/stolen').replace('127.0.0.1', 'localhost');
	assert.deepEqual((await patch({ url: elsewhere })).secrets, {});
	assert.match((await run({ integration_id, kind: 'test' }, 'failed')).error, /the secret api_key is not set/);
	assert.deepEqual(seen, []);
	// Changes every part of every kind of address.
	for (const [type, before, after] of [['http_json', settings, { url: settings.url.replace('http:', 'https:') }], ['http_json', settings, { url: settings.url.replace(/:\d+/, ':1') }],
		['http_json', { ...settings, auth: 'oauth', token_url: settings.url }, { token_url: elsewhere }], ['http_json', { ...settings, auth: 'basic', user: 'one' }, { user: 'two' }],
		['webhook_out', { url: settings.url, resource: 'tags' }, { url: elsewhere }],
		['csv_sftp', { url: 'sftp://one.example/x.csv', user: 'one' }, { url: 'sftp://two.example/x.csv' }], ['csv_sftp', { url: 'sftp://one.example/x.csv', user: 'one' }, { user: 'two' }],
		['postgres', { host: 'one.example', user: 'one' }, { host: 'two.example' }], ['postgres', { host: 'one.example', user: 'one' }, { port: '5433' }],
		['postgres', { host: 'one.example', user: 'one' }, { user: 'two' }], ['postgres', { host: 'one.example', user: 'one' }, { sslmode: 'disable' }]]) {
		const row = await integration(type, before, { password: 'x' }), path = `/api/integration_configs/${row.integration_id}`;
		await good(boss.browser.patch(path, { settings: { ...before, extra: 1 } }));
		assert.deepEqual(await named(row.integration_id), ['password'], `${type} ${JSON.stringify(after)}`);
		await good(boss.browser.patch(path, { settings: { ...before, ...after } }));
		assert.deepEqual(await named(row.integration_id), [], `${type} ${JSON.stringify(after)}`);
	}
});

test('a webhook receives all rows, and then the changes', async () => {
	let signed = 0;
	const mac = (key, { headers, body }) => `v1,${createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')}`;
	const taken = receiver(({ headers, body }) => {
		assert.equal(headers['webhook-id'], headers['idempotency-key']);
		assert.ok(headers['webhook-signature'].split(' ').includes(mac(KEY, { headers, body })), headers['webhook-signature']);
		signed++;
		return null;
	});
	const { integration_id } = await integration('webhook_out', { url: system.at('/in'), resource: 'tags' }, { secret: `whsec_${KEY.toString('base64')}` });
	await run({ integration_id, kind: 'test' });
	assert.deepEqual(taken.bodies, [{ test: true, rows: [], deleted: [] }]);
	const done = await run({ integration_id });
	assert.deepEqual(done.counts, { sent: 250, deleted: 0 });
	assert.equal(taken.rows.size, 250);
	assert.deepEqual(taken.bodies.slice(1).map(({ rows }) => rows.length), [200, 50]);
	const one = [...taken.rows.values()].find(({ name }) => name === 'Tag 7');
	assert.deepEqual(one, await good(boss.browser.get(`/api/tags/${one.id}`)));
	// First, nothing has changed. Then one row is new, one has changed, and one is deleted.
	await follow(done.id, () => true);
	const [gone, changed] = [...taken.rows.keys()];
	const fresh = await add(boss, 'tags', { name: 'Fresh', color: '#000000' });
	await good(boss.browser.patch(`/api/tags/${changed}`, { name: 'Changed' }));
	await good(boss.browser.delete(`/api/tags/${gone}`));
	await follow(done.id, () => taken.deleted.includes(gone));
	assert.deepEqual(taken.deleted, [gone]);
	assert.equal(taken.rows.get(changed).name, 'Changed');
	assert.equal(taken.rows.get(fresh.id).name, 'Fresh');
	assert.equal(taken.rows.size, 251);
	assert.ok(![...taken.rows.values()].some(({ name }) => name === 'Strange'));
	assert.ok([...taken.keys.values()].every((n) => n === 1));
	// During a rotation, both secrets sign.
	await secret(integration_id, 'old_secret', `whsec_${KEY.toString('base64')}`);
	await secret(integration_id, 'secret', 'another one');
	const before = signed;
	await run({ integration_id, kind: 'test' });
	assert.equal(signed, before + 1);
	assert.ok(!JSON.stringify(await good(boss.browser.get(`/api/integration_configs/${integration_id}`))).includes('another one'));
});

test('a batch that is sent again contains the same key and rows', async () => {
	let failures = 2;
	const seen = [];
	const taken = receiver(({ headers, body }) => {
		seen.push([headers['idempotency-key'], JSON.parse(body).rows.map(({ id }) => id).join()]);
		return null;
	});
	const answer = system.answers['/in'];
	// The system accepts the first batch, but responds with an error, while rows are added and deleted.
	system.answers['/in'] = (asked) => {
		answer(asked);
		if (failures-- > 0) {
			sql(`SELECT set_config('app.org_id', '${boss.organization.id}', false); INSERT INTO crm.tags (name, color) VALUES ('Meanwhile ${failures}', '#ffffff')`);
			return [503, 'wait'];
		}
		return [200, '{}'];
	};
	const { integration_id } = await integration('http_json', { direction: 'push', url: system.at('/in'), resource: 'tags', auth: 'api_key', fields: ['name'] }, { api_key: 'sesame' });
	const done = await run({ integration_id });
	assert.equal(done.attempts, 3);
	assert.equal(new Set(seen.slice(0, 3).map(String)).size, 1);
	assert.equal(taken.keys.get(seen[0][0]), 3);
	await follow(done.id, () => [...taken.rows.values()].some(({ name }) => name === 'Meanwhile 0'));
	assert.deepEqual(Object.keys([...taken.rows.values()][0]).sort(), ['id', 'name']);
	assert.equal(taken.rows.size, Number(sql(`SELECT count(*) FROM crm.tags WHERE org_id = '${boss.organization.id}'`)[0][0]));
});

test('killing a process while the system responds loses nothing', async () => {
	const taken = receiver();
	const answer = system.answers['/in'];
	let killed = 0;
	system.answers['/in'] = (asked) => {
		if (killed++ === 0)
			for (const runner of runners)
				kill(runner);
		return answer(asked);
	};
	const { integration_id } = await integration('webhook_out', { url: system.at('/in'), resource: 'tags' }, { secret: 'plain' });
	const { id } = await add(boss, 'integration_jobs', { integration_id });
	await until(() => runners.size === 0, 120000);
	assert.equal((await job(id)).status, 'running');
	startRunner();
	const done = await ended(id, 'succeeded');
	const [first, ...others] = taken.keys.values();
	assert.deepEqual([first, new Set(others).size], [2, 1]);
	assert.equal(done.counts.sent, taken.rows.size);
});

test('a scheduled run continues where the previous run ended', async () => {
	const taken = receiver();
	const { integration_id } = await integration('webhook_out', { url: system.at('/in'), resource: 'tags' }, { secret: 'plain' });
	const made = await add(boss, 'integration_jobs', { integration_id, schedule: '0 0 1 1 *' });
	const next = async () => {
		await good(boss.browser.patch(`/api/integration_jobs/${made.id}`, { run_after: '2026-01-01T00:00:00Z' }));
		return until(async () => {
			const row = await job(made.id);
			return row.status === 'succeeded' && row.run_after === made.run_after && row;
		}, 120000);
	};
	await next();
	const n = taken.rows.size;
	assert.ok(n > 250);
	taken.rows.clear();
	await add(boss, 'tags', { name: 'By schedule', color: '#000000' });
	await until(async () => {
		await next();
		return taken.rows.size > 0;
	}, 120000);
	assert.ok(taken.rows.size < 10);
	assert.ok([...taken.keys.values()].every((times) => times === 1));
});

test('rows are sent as the API returns them', async () => {
	const company = await add(boss, 'companies', { name: 'Rows' });
	const contact = await add(boss, 'contacts', { first_name: 'Row', last_name: 'One', company_id: company.id });
	const deal = await add(boss, 'deals', { name: 'Rows', stage: 'opportunity', company_id: company.id, contact_ids: [contact.id] });
	await add(boss, 'contact_notes', { contact_id: contact.id, text: 'a note' });
	await add(boss, 'deal_notes', { deal_id: deal.id, text: 'a note' });
	await add(boss, 'tasks', { contact_id: contact.id, text: 'call', due_date: '2026-01-31' });
	for (const resource of ['companies', 'contacts', 'deals', 'contact_notes', 'deal_notes', 'tasks', 'sales', 'tags']) {
		const taken = receiver();
		const { integration_id } = await integration('http_json', { direction: 'push', url: system.at('/in'), resource });
		await run({ integration_id });
		assert.ok(taken.rows.size > 0, resource);
		for (const row of [...taken.rows.values()].slice(0, 3))
			assert.deepEqual(row, await good(boss.browser.get(`/api/${resource}/${row.id}`)));
	}
});

test('a failed job names the reason', async () => {
	const settings = { url: system.at('/in'), resource: 'tags' };
	receiver(({ headers }) => headers['x-api-key'] === 'sesame' ? null : [401, '']);
	const push = { ...settings, direction: 'push', auth: 'api_key' };
	assert.match(await reason('http_json', push, { api_key: 'wrong' }), /the server answered with status 401: it refuses the credentials/);
	assert.match(await reason('http_json', push), /the secret api_key is not set/);
	assert.match(await reason('webhook_out', settings), /the secret secret is not set/);
	assert.match(await reason('webhook_out', settings, { secret: 'whsec_?' }), /has no base64 after whsec_/);
	assert.match(await reason('webhook_out', { ...settings, url: 'ftp://x/' }, { secret: 'x' }), /must begin with https/);
	for (const resource of ['users', 'configuration', 'integration_configs', '', undefined, 'crm.tags; --']) {
		const { integration_id } = await integration('http_json', { ...push, resource }, { api_key: 'sesame' });
		assert.match((await run({ integration_id }, 'dead')).error, /the setting resource names none/);
	}
	// After the other system has refused the credentials, the request is not repeated.
	const { integration_id } = await integration('http_json', push, { api_key: 'wrong' });
	const dead = await run({ integration_id }, 'dead');
	assert.deepEqual([dead.attempts, dead.counts], [1, { sent: 0, deleted: 0 }]);
	await secret(integration_id, 'api_key', 'sesame');
	assert.ok((await again(dead.id)).counts.sent > 250);
	for (const runner of runners)
		kill(runner);
	await until(() => runners.size === 0);
	startRunner({ TENANTRY_PRIVATE_WEBHOOKS: 'off' });
	assert.match(await reason('webhook_out', { ...settings, url: settings.url.replace('http:', 'https:') }, { secret: 'x' }), /private address/);
});
