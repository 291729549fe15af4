// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts the jobs of all organizations.
// Operators list, retry and cancel queue entries, and read the log of attempts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, test } from 'node:test';
import { ask, owner, person, sql } from '../../lib/api.mjs';

let op, boss;
const AT = '/api/operators/jobs';

before(async () => {
	op = await person('Olive Operator');
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = '${op.user.id}'`);
	boss = await owner('Boss');
});

const get = (path, who = op) => ask('GET', AT + path, { token: who.token });
const post = (path, who = op) => ask('POST', AT + path, { token: who.token, body: {} });
const entries = async (query = '') => {
	const rs = await get(`/entries?limit=200&${query}`);
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const one = async (id) => (await entries()).find((entry) => entry.id === id);
const log = async (id) => (await get(`/${id}/log`)).json.map(({ outcome, error }) => [outcome, error]);

// Creates an email with one attempt for each of these outcomes.
async function mail(...outcomes) {
	const [[id]] = sql(`INSERT INTO ops.mail (template, recipient, language, data)
		VALUES ('verify-email', 'ada@example.test', 'en', '{"url":"https://crm.test/"}') RETURNING id`);
	outcomes.forEach((outcome, i) => sql(`UPDATE ops.mail SET attempts = ${i + 1} WHERE id = ${id};
		SELECT ops.end_mail(${id}, ${i + 1}, '${outcome}', '45${i} no', interval '1 hour')`));
	return `mail-${id}`;
}

// Creates a webhook with a waiting delivery.
async function delivery() {
	const rs = await ask('POST', '/api/webhooks', { token: boss.token, body: { url: 'https://hook.test/', events: ['tags.create'] } });
	assert.equal(rs.status, 201, rs.text);
	assert.equal((await ask('POST', `/api/webhooks/${rs.json.id}/test`, { token: boss.token, body: {} })).status, 200);
	const [[id]] = sql(`SELECT delivery_id FROM ops.webhook_queue WHERE webhook_id = ${rs.json.id}`);
	return { id: `webhooks-${id}`, delivery: id };
}

test('only operators can see and change jobs', async () => {
	const id = await mail('deferred');
	for (const who of [boss, await person()]) {
		for (const path of ['/entries', `/${id}/log`])
			assert.equal((await get(path, who)).status, 403, path);
		for (const deed of ['retry', 'cancel'])
			assert.equal((await post(`/${id}/${deed}`, who)).status, 403, deed);
	}
	assert.equal((await ask('GET', `${AT}/entries`)).status, 401);
	assert.equal((await one(id)).state, 'waiting');
});

test('an email waits, is retried, fails and is canceled, and the log contains each attempt', async () => {
	const id = await mail('deferred', 'deferred');
	const entry = await one(id);
	assert.deepEqual({ ...entry, due_at: null }, { id, queue: 'mail', state: 'waiting', organization: null,
		subject: 'verify-email ada@example.test', attempts: 2, due_at: null, error: '451 no' });
	assert.ok(new Date(entry.due_at) > Date.now() + 1_800_000);
	assert.deepEqual(await log(id), [['waiting', '451 no'], ['waiting', '450 no']]);
	assert.equal((await post(`/${id}/retry`)).status, 200);
	assert.ok(new Date((await one(id)).due_at) <= Date.now() + 1000);
	const undelivered = async () => (await get('')).json.mail_failed;
	const failed = await undelivered();
	assert.equal((await post(`/${id}/cancel`)).status, 200);
	assert.equal(await one(id), undefined);
	assert.equal(await undelivered(), failed, 'a canceled mail is no failure');
	assert.deepEqual((await log(id)).slice(0, 2), [['canceled', 'canceled by an operator'], ['retried', null]]);
	assert.equal((await post(`/${id}/cancel`)).status, 404);
	assert.equal((await post(`/${id}/retry`)).status, 200, 'its content is kept');
	assert.equal((await one(id)).state, 'waiting');
	const dead = await mail('deferred', 'failed');
	assert.equal((await one(dead)).state, 'failed');
	assert.equal(await undelivered(), failed + 1);
	assert.equal((await post(`/${dead}/cancel`)).status, 404);
	assert.equal((await post(`/${dead}/retry`)).status, 200);
	const { json } = await ask('GET', '/api/events?limit=1', { token: op.token });
	assert.deepEqual([json[0].action, json[0].data.job], ['job.retry', dead]);
});

test('a delivery fails permanently, is retried and canceled', async () => {
	const { id, delivery: number } = await delivery();
	assert.equal((await one(id)).organization, 'Boss Ltd');
	const end = (attempt, status) => sql(`UPDATE ops.webhook_queue SET attempt = ${attempt}, held_until = '-infinity' WHERE delivery_id = ${number};
		SELECT ops.end_delivery('${boss.organization}/${number}', ${attempt}, ${status}, 5, NULL, NULL, 'en', NULL, NULL)`);
	end(1, 500);
	assert.equal((await one(id)).state, 'waiting');
	sql(`UPDATE ops.webhook_queue SET began_at = now() - interval '2 days' WHERE delivery_id = ${number}`);
	end(2, 502);
	assert.deepEqual([(await one(id)).state, (await one(id)).error], ['failed', 'status 502']);
	assert.deepEqual(await log(id), [['failed', 'status 502'], ['waiting', 'status 500']]);
	assert.ok((await entries('state=failed&queue=webhooks')).some((entry) => entry.id === id));
	assert.ok((await entries('state=waiting')).every(({ state }) => state === 'waiting'));
	assert.equal((await post(`/${id}/retry`)).status, 200);
	assert.equal((await one(id)).state, 'waiting');
	sql(`UPDATE ops.webhook_queue SET held_until = now() + interval '1 minute' WHERE delivery_id = ${number}`);
	assert.equal((await one(id)).state, 'running');
	assert.equal((await post(`/${id}/cancel`)).status, 404, 'it runs');
	sql(`UPDATE ops.webhook_queue SET held_until = '-infinity' WHERE delivery_id = ${number}`);
	assert.equal((await post(`/${id}/cancel`)).status, 200);
	assert.equal(await one(id), undefined);
	assert.deepEqual(sql(`SELECT status, next_at FROM crm.webhook_deliveries WHERE id = ${number}`)[0][0], 'failed');
	assert.deepEqual((await log(id)).map(([outcome]) => outcome), ['canceled', 'retried', 'failed', 'waiting']);
});

test('an entry that its owner has sent again or undone no longer counts as failed', async () => {
	const states = async (id) => (await entries()).filter((entry) => entry.id === id).map(({ state }) => state);
	const { id, delivery: number } = await delivery();
	const end = (attempt, status) => sql(`UPDATE ops.webhook_queue SET attempt = ${attempt}, held_until = '-infinity' WHERE delivery_id = ${number};
		SELECT ops.end_delivery('${boss.organization}/${number}', ${attempt}, ${status}, 5, NULL, NULL, 'en', NULL, NULL)`);
	sql(`UPDATE ops.webhook_queue SET began_at = now() - interval '2 days' WHERE delivery_id = ${number}`);
	end(1, 502);
	assert.deepEqual(await states(id), ['failed']);
	assert.equal((await ask('POST', `/api/webhook_deliveries/${number}/replay`, { token: boss.token, body: {} })).status, 200);
	assert.deepEqual(await states(id), ['waiting']);
	end(1, 200);
	assert.deepEqual(await states(id), []);
	assert.equal((await post(`/${id}/retry`)).status, 404, 'it was delivered');
	const { json: { id: file } } = await ask('POST', '/api/imports', { token: boss.token, body: 'last_name\nOf a file\n' });
	const turn = async (to) => (await ask('POST', `/api/imports/${file}/${to}`, { token: boss.token, body: {} })).status;
	assert.equal(await turn('start'), 200);
	sql(`SELECT set_config('app.org_id', '${boss.organization}', false), crm.fail_import(${file}, 'the file is gone')`);
	assert.deepEqual(await states(`imports-${file}`), ['failed']);
	assert.equal((await post(`/imports-${file}/retry`)).status, 404);
	assert.equal(await turn('start'), 409);
	assert.equal(await turn('undo'), 200);
	assert.deepEqual(await states(`imports-${file}`), ['waiting']);
	assert.equal((await post(`/imports-${file}/cancel`)).status, 200);
});

test('pictures and embeddings are canceled, and failed entries are retried', async () => {
	for (const queue of ['pictures', 'embeddings']) {
		const [[number]] = sql(`SELECT ops.enqueue('${queue}', '${boss.organization}', 'contacts/77', due => now() + interval '1 hour') IS NULL;
			SELECT entry FROM ops.job WHERE queue = '${queue}' AND subject = 'contacts/77'`).slice(-1);
		const id = `${queue}-${number}`;
		assert.equal((await one(id)).subject, 'contacts/77');
		assert.equal((await post(`/${id}/retry`)).status, 200);
		assert.ok(new Date((await one(id)).due_at) <= Date.now() + 1000);
		assert.equal((await post(`/${id}/cancel`)).status, 200);
		assert.equal(await one(id), undefined);
		assert.equal((await post(`/${id}/retry`)).status, 404, 'a canceled one is not failed');
	}
	const [[number]] = sql(`SELECT ops.enqueue('embeddings', '${boss.organization}', 'contacts/78') IS NULL;
		UPDATE ops.job SET attempts = 5 WHERE subject = 'contacts/78' RETURNING id`).slice(-1);
	sql(`SELECT ops.fail_embeddings(ARRAY[${number}], ARRAY[5], true)`);
	const id = `embeddings-${number}`;
	assert.deepEqual([(await one(id)).state, (await one(id)).error], ['failed', 'the provider refused the text']);
	assert.equal((await post(`/${id}/retry`)).status, 200);
	assert.equal(await one(id), undefined, 'it has a new id');
	assert.ok((await entries('queue=embeddings')).some(({ subject, state }) => subject === 'contacts/78' && state === 'waiting'));
});

test('an operator ends an import, and its user sees why', async () => {
	const { id } = (await ask('POST', '/api/imports', { token: boss.token, body: 'last_name\nOf a file\n' })).json;
	const started = await ask('POST', `/api/imports/${id}/start`, { token: boss.token, body: {} });
	assert.equal(started.status, 200, started.text);
	assert.equal((await one(`imports-${id}`)).state, 'waiting');
	assert.equal((await post(`/imports-${id}/retry`)).status, 200);
	assert.equal((await post(`/imports-${id}/cancel`)).status, 200);
	assert.equal(await one(`imports-${id}`), undefined);
	const { json } = await ask('GET', `/api/imports/${id}`, { token: boss.token });
	assert.deepEqual([json.state, json.error], ['failed', 'canceled by an operator']);
});

test('a running entry is found among many waiting entries, and vice versa', async () => {
	const mixed = (table, columns, values, running) => sql(`INSERT INTO ops.${table} (${columns}, due_at)
		SELECT ${values}, now() - interval '1 hour' FROM generate_series(1, 80) n;
		INSERT INTO ops.${table} (${columns}, due_at, ${running.split(' = ')[0]})
		SELECT ${values}, now() + interval '1 minute', ${running.split(' = ')[1]} FROM generate_series(81, 81) n`);
	mixed('mail', 'template, recipient, language', "'verify-email', 'many' || n || '@example.test', 'en'", "status = 'sending'");
	mixed('job', 'queue, org_id, entry, subject', `'imports', '${boss.organization}', n, 'imports/' || n`, "held_until = now() + interval '1 minute'");
	mixed('webhook_queue', 'org_id, webhook_id, delivery_id', `'${boss.organization}', 1, n`, "held_until = now() + interval '1 minute'");
	const states = async (queue, state) => (await get(`/entries?queue=${queue}&state=${state}&limit=50`)).json.map((entry) => entry.state);
	try {
		for (const queue of ['mail', 'imports', 'webhooks']) {
			assert.deepEqual(await states(queue, 'running'), ['running'], queue);
			assert.deepEqual(await states(queue, 'waiting'), Array(50).fill('waiting'), queue);
		}
		for (const [path, most] of [['/entries', 50], ['/entries?limit=3', 3], ['/entries?limit=200', 200]])
			assert.equal((await get(path)).json.length, most, path);
	} finally {
		sql(`DELETE FROM ops.mail WHERE recipient LIKE 'many%'; DELETE FROM ops.job WHERE entry <= 81;
			DELETE FROM ops.webhook_queue WHERE delivery_id <= 81`);
	}
});

test('failed entries of all queues are newest first', async () => {
	sql(`INSERT INTO ops.job_log (at, queue, entry, outcome, error) VALUES
		(now() + interval '1 day', 'pictures', '9', 'failed', 'x'), (now() + interval '3 days', 'pictures', '10', 'failed', 'x'),
		(now() + interval '2 days', 'embeddings', '100', 'failed', 'x')`);
	const listed = (await entries('state=failed')).map(({ id }) => id);
	assert.deepEqual(listed.slice(0, 3), ['pictures-10', 'embeddings-100', 'pictures-9']);
	sql("DELETE FROM ops.job_log WHERE at > now() + interval '12 hours'");
});

test('periodic tasks have a next run and a log of failed ones', async () => {
	sql("SELECT ops.end_periodic_task('trash', 1500, true, 3600), ops.end_periodic_task('seal', 1, false, 5)");
	const { chores } = (await get('')).json;
	const trash = chores.find(({ name }) => name === 'trash');
	assert.equal(new Date(trash.next_at) - new Date(trash.ended_at), 3_600_000);
	sql("UPDATE ops.periodic_task SET ended_at = now() - interval '42 seconds' WHERE name = 'seal'");
	const next = new Date((await get('')).json.chores.find(({ name }) => name === 'seal').next_at);
	assert.ok(next > Date.now() - 1000 && next < Date.now() + 6000, String(next));
	assert.equal((await log('tasks-trash'))[0][0], 'waiting');
	assert.deepEqual(await log('tasks-seal'), []);
});

test('an unknown entry is not found', async () => {
	for (const id of ['mail-1', 'mail-', 'mail', 'x-1', 'mail-x', 'mail-99999999999999999999', "mail-1'--", 'reminders-1', 'tasks-trash', 'webhooks-1', '-1'])
		for (const deed of ['retry', 'cancel'])
			assert.equal((await post(`/${encodeURIComponent(id)}/${deed}`)).status, 404, id);
	for (const bad of ['queue=x', 'state=x', 'limit=x'])
		assert.equal((await get(`/entries?${bad}`)).status, 400, bad);
	assert.deepEqual((await get('/mail-x/log')).json, []);
});

test('an entry that was set aside is in the list and in doctor, and can be retried', async () => {
	const doctor = () => spawnSync(`${process.env.BUILD}/tenantry`, ['doctor'], { encoding: 'utf8' }).stdout
		.split('\n').filter((line) => /^\S+ +set aside/.test(line)).join();
	assert.match(doctor(), /^ok .*no entry of a queue$/);
	sql("SELECT ops.set_aside('trash', NULL, 'x', 'P0001', 'it is broken')");
	try {
		assert.match(doctor(), /^warn .*1 entries .*: trash x since .* UTC: it is broken$/);
		const [row] = (await get('')).json.aside;
		assert.deepEqual([row.queue, row.organization, row.entry, row.error, row.failures], ['trash', null, 'x', 'it is broken', 1]);
		assert.ok(new Date(row.retry_at) > Date.now() + 50_000);
		assert.equal(sql("SELECT ops.retry_job('trash-x') FROM (SELECT) x")[0][0], 't');
		assert.ok(new Date((await get('')).json.aside[0].retry_at) <= Date.now() + 1000);
	} finally {
		sql('DELETE FROM ops.aside');
	}
});
