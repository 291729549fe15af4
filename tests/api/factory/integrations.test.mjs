// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PRIVATE_WEBHOOKS=on
// own stack: it runs tenantry-jobs with its own settings.
// Integrations: mappings with previews and versions, and jobs that read from real servers and are retried, canceled,
// scheduled and killed. INTEGRATION_JOBS is the number of jobs in the last test.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { add, good, list, refused } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { until } from '../lib/files.mjs';
import { FIELDS, LOOKUPS, otherSystem, plant, replaceRunner, startRunner, stopRunners } from '../lib/integrations.mjs';
import { member, owner } from '../lib/people.mjs';

const { PGDATABASE, PGHOST, PGUSER } = process.env, JOBS = Number(process.env.INTEGRATION_JOBS ?? 300);
let boss, max, stranger, system, at, integration, job, ended, run, secret, reason;

before(async () => {
	system = await otherSystem();
	({ at } = system);
	boss = await owner('plant');
	stranger = await owner('elsewhere');
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/factory', { enabled: true }));
	max = await member(boss);
	({ integration, job, ended, run, secret, reason } = plant(boss));
	startRunner();
});
after(() => {
	stopRunners();
	system.close();
});

const people = async (who = boss) => (await list(who, 'contacts')).filter(({ last_name }) => last_name);
const named = async (prefix) => (await people()).filter(({ last_name }) => last_name.startsWith(prefix)).map((p) => p.last_name).sort();

test('a mapping is checked, previewed and numbered', async () => {
	const preview = (body, who = boss) => who.browser.post('/api/data_mappings/preview', body);
	const rows = [{ id: 1, name: 'Ada', role: 'ceo' }, { id: 2, name: '' }, { id: '3', name: 'Bob', role: 'smith' }];
	assert.deepEqual(await good(preview({ fields: FIELDS, lookups: LOOKUPS, rows })), [
		{ values: { external_id: 'erp-1', last_name: 'Ada', title: 'Chief' }, problem: null, problems: null },
		{ values: { external_id: 'erp-2' }, problem: 'last_name: is required',
			problems: [{ field: 'last_name', code: 'required', arguments: [], text: 'is required' }] },
		{ values: { external_id: 'erp-3', last_name: 'Bob', title: 'smith' }, problem: null, problems: null }]);
	for (const [body, field, why] of [[{ fields: [{ target: 'title', expression: '1 +' }], rows }, 'fields.0.expression', /ends too early/],
		[{ fields: FIELDS, rows: Array(21).fill({}) }, 'rows', /at most 20/], [{ fields: FIELDS, rows, resource: 'sales' }, 'resource', /cannot/],
		[{ fields: Array(501).fill(FIELDS[1]), rows }, 'fields', /at most 500/]]) {
		const rs = await preview(body);
		assert.equal(rs.status, 422, rs.text);
		assert.match(rs.json.errors[field], why);
	}
	await refused(preview({ fields: FIELDS, rows }, max));
	const { integration_id, mapping_id } = await integration('webhook_in', {});
	const second = await add(boss, 'data_mappings', { integration_id, name: 'people', fields: [] });
	assert.equal(second.version, 2);
	// In a JSON number, the point always separates decimals.
	const deals = await add(boss, 'data_mappings', { integration_id, name: 'deals', resource: 'deals',
		fields: ['name', 'stage', 'amount'].map((name) => ({ target: name, source: name })) });
	const priced = await run({ integration_id, mapping_id: deals.id, payload: { rows: [
		{ name: 'a', stage: 'lost', amount: 1.234 }, { name: 'b', stage: 'lost', amount: '1.234' }, { name: 'c', stage: 'lost', amount: '50%' }] } }, 'succeeded');
	assert.deepEqual([priced.counts.created, priced.log.filter(({ level }) => level === 'warning').map(({ message }) => message)], [1, [
		'row 1: amount: "1.234" has more decimals than an amount in USD: 2', 'row 3: amount: "50%" is not an amount in USD: "%" is not allowed']]);
	// A mapping that a job uses cannot be changed.
	await run({ integration_id, mapping_id, payload: { rows: [] } }, 'succeeded');
	assert.equal((await boss.browser.patch(`/api/data_mappings/${mapping_id}`, { fields: [] })).status, 409);
	await good(boss.browser.patch(`/api/data_mappings/${second.id}`, { fields: FIELDS }));
	assert.equal((await boss.browser.post('/api/data_mappings', { integration_id, name: 'x', fields: [{ target: 'shoe', source: 'a' }] })).status, 422);
});

test('pages of JSON are imported with a key, and a test shows rows or the reason why it failed', async () => {
	system.answers = { '/people': ({ url, headers }) => headers['x-plant'] !== 'sesame' ? [401, ''] : [200, url.searchParams.get('from')
		? { data: { items: [{ id: 3, name: 'Json C' }] }, next: null }
		: { data: { items: [{ id: 1, name: 'Json A', role: 'ceo' }, { id: 2, name: '' }] }, next: '/people?from=2' }] };
	const row = await integration('http_json', { url: at('/people'), auth: 'api_key', api_key_header: 'X-Plant', rows_path: 'data.items', next_path: 'next' });
	const tested = await run({ ...row, kind: 'test' }, 'failed');
	assert.match(tested.error, /the secret api_key is not set/);
	await secret(row.integration_id, 'api_key', 'wrong');
	assert.match((await run({ ...row, kind: 'test' }, 'failed')).error, /status 401: it refuses the credentials/);
	await secret(row.integration_id, 'api_key', 'sesame');
	assert.deepEqual((await run({ ...row, kind: 'test' }, 'succeeded')).sample, [{ id: 1, name: 'Json A', role: 'ceo' }, { id: 2, name: '' }]);
	assert.deepEqual(await named('Json'), []);
	const done = await run(row, 'succeeded');
	assert.deepEqual(done.counts, { created: 2, updated: 0, unchanged: 0, skipped: 0, failed: 1 });
	assert.deepEqual([done.progress, done.attempts, done.error], [100, 1, null]);
	assert.deepEqual(done.log.map(({ level, message }) => [level, message]), [['info', 'started'], ['warning', 'row 2: last_name: is required'], ['info', 'succeeded']]);
	assert.deepEqual(await named('Json'), ['Json A', 'Json C']);
	assert.equal((await people()).find((p) => p.last_name === 'Json A').title, 'Chief');
	// In a second run, the rows are identified by their keys.
	assert.deepEqual((await run(row, 'succeeded')).counts, { created: 0, updated: 0, unchanged: 2, skipped: 0, failed: 1 });
	// The credentials are not sent to a different server.
	system.answers['/people'] = () => [200, { data: { items: [] }, next: 'http://localhost:1/people' }];
	assert.match((await run(row, 'dead')).error, /the next page is at another server/);
	assert.deepEqual(await people(stranger), []);
	assert.equal((await stranger.browser.get(`/api/integration_jobs/${done.id}`)).status, 404);
	assert.ok(!JSON.stringify(await list(boss, 'integration_jobs')).includes('sesame'));
});

test('OAuth client credentials, numbered pages and CSV files are supported', async () => {
	system.answers = {
		'/token': ({ body }) => new URLSearchParams(body).get('client_secret') === 's&1' ? [200, { access_token: 'abc' }] : [400, {}],
		'/orders': ({ url, headers }) => headers.authorization !== 'Bearer abc' ? [403, '']
			: [200, [[{ id: 'o1', name: 'Oauth A' }], [{ id: 'o2', name: 'Oauth B' }], []][url.searchParams.get('page') - 1]],
		'/file.csv': ({ headers }) => headers.authorization === `Basic ${Buffer.from('u:p').toString('base64')}`
			? [200, 'id;name;role\nc1;"Csv; A";ceo\nc2;Csv B;\n'] : [401, ''],
		'/twice.csv': () => [200, 'id,id\n1,2\n'],
	};
	const oauth = await integration('http_json', { url: at('/orders'), auth: 'oauth', token_url: at('/token'), client_id: 'me', page_param: 'page' },
		{ client_secret: 's&1' });
	assert.equal((await run(oauth, 'succeeded')).counts.created, 2);
	assert.equal(system.asked.filter(({ path }) => path === '/token').length, 1);
	const csv = await integration('csv_https', { url: at('/file.csv'), auth: 'basic', user: 'u' }, { password: 'p' });
	assert.equal((await run(csv, 'succeeded')).counts.created, 2);
	assert.deepEqual(await named('Csv'), ['Csv B', 'Csv; A']);
	assert.match(await reason('csv_https', { url: at('/twice.csv') }), /two columns have the name "id"/);
	for (const [url, why] of [['ftp://x/', /must begin with https/], ['http://u:p@127.0.0.1/', /has a user or password/],
		[at('/gone'), /status 404/], ['http://127.0.0.1:1/', /the server: /]])
		assert.match(await reason('http_json', { url }), why);
});

test('the result of a PostgreSQL query is read page by page, by its key', async () => {
	// The test database listens only on a Unix socket.
	const front = net.createServer((client) => client.on('error', () => {}).pipe(net.connect(`${PGHOST}/.s.PGSQL.5432`).on('error', () => {})).pipe(client));
	await new Promise((done) => front.listen(0, '127.0.0.1', done));
	const settings = { host: '127.0.0.1', port: `${front.address().port}`, database: 'postgres', user: PGUSER, sslmode: 'disable', key_column: 'id',
		query: "SELECT n AS id, 'Pg ' || n AS name FROM generate_series(100001, 101100) n" };
	const password = { password: 'x' };
	try {
		const row = await integration('postgres', settings, password);
		assert.deepEqual((await run({ ...row, kind: 'test' }, 'succeeded')).sample[4], { id: 100005, name: 'Pg 100005' });
		const done = await run(row, 'succeeded');
		assert.deepEqual([done.counts.created, done.counts.failed], [1100, 0]);
		assert.deepEqual(sql(`SELECT count(*), count(DISTINCT last_name) FROM crm.contacts WHERE last_name LIKE 'Pg %'`), [['1100', '1100']]);
		const tested = (more, secrets = password) => reason('postgres', { ...settings, ...more }, secrets);
		assert.match(await tested({ query: 'SELECT 1 +' }), /the database: ERROR: +syntax error/);
		assert.match(await tested({ query: 'DELETE FROM x' }), /the database: ERROR/);
		assert.match(await tested({ database: PGDATABASE, query: "SELECT nextval('ops.row_id') AS id" }), /the database: ERROR:  cannot execute nextval/);
		assert.match(await tested({ database: 'none' }), /database "none" does not exist/);
		assert.match(await tested({ sslmode: 'require' }), /SSL/);
		assert.match(await tested({ sslmode: 'maybe' }), /sslmode must be one of/);
		assert.match(await tested({ host: '/tmp' }), /do not name a server/);
		assert.match(await tested({ key_column: '' }), /are required/);
		assert.match(await tested({}, {}), /the secret password is not set/);
	} finally {
		front.close();
	}
});

test('a failed job is retried at its position, finally given up, and can be queued again', async () => {
	let failures = 2;
	system.answers = { '/flaky': ({ url }) => url.searchParams.get('page') === '2' && failures-- > 0 ? [503, '']
		: [200, url.searchParams.get('page') === '3' ? [] : [{ id: `f${url.searchParams.get('page')}`, name: `Flaky ${url.searchParams.get('page')}` }]],
	'/down': () => [500, ''] };
	const done = await run(await integration('http_json', { url: at('/flaky'), page_param: 'page' }), 'succeeded');
	assert.deepEqual([done.attempts, done.counts.created, done.counts.unchanged], [3, 2, 0]);
	assert.match(done.log[1].message, /will be tried again: the server answered with status 503/);
	const row = await integration('http_json', { url: at('/down'), attempts: 2 });
	const dead = await run(row, 'dead');
	assert.deepEqual([dead.attempts, dead.error], [2, 'the server answered with status 500']);
	system.answers['/down'] = () => [200, [{ id: 'd1', name: 'Down' }]];
	await good(boss.browser.patch(`/api/integration_jobs/${dead.id}`, { status: 'queued' }));
	assert.equal((await ended(dead.id, 'succeeded')).counts.created, 1);
	// With backoff, the second attempt is due later.
	system.answers['/down'] = () => [500, ''];
	const slow = await add(boss, 'integration_jobs', await integration('http_json', { url: at('/down'), retry_seconds: 1000 }));
	const waits = await until(async () => {
		const now = await job(slow.id);
		return now.error && now;
	}, 120000);
	assert.equal(waits.status, 'queued');
	assert.ok(new Date(waits.run_after) - new Date(waits.finished_at) > 900000);
	// Operators can see the job, make it due, and cancel it.
	const entry = (id) => sql(`SELECT state, error FROM ops.job_entries('integrations', NULL, 1000) WHERE id = 'integrations-${id}'`);
	assert.deepEqual(entry(slow.id), [['waiting', 'the server answered with status 500']]);
	assert.deepEqual(sql(`SELECT outcome FROM ops.job_attempts('integrations-${dead.id}')`), [['failed'], ['waiting']]);
	assert.deepEqual(sql(`SELECT ops.retry_job('integrations-${slow.id}')`), [['t']]);
	await until(async () => (await job(slow.id)).attempts === 2 && (await job(slow.id)).status === 'queued', 120000);
	const other = await add(boss, 'integration_jobs', { integration_id: slow.integration_id, mapping_id: slow.mapping_id, run_after: '2100-01-01T00:00:00Z' });
	assert.deepEqual(sql(`SELECT ops.cancel_job('integrations-${other.id}'), ops.retry_job('integrations-${other.id}')`), [['t', 'f']]);
	assert.equal((await job(other.id)).status, 'cancelled');
	assert.deepEqual(entry(other.id), []);
	const gone = await run(await integration('http_json', { url: at('/down'), attempts: 1 }), 'dead');
	assert.deepEqual(entry(gone.id), [['failed', 'the server answered with status 500']]);
	const cancelled = await good(boss.browser.patch(`/api/integration_jobs/${slow.id}`, { status: 'cancelled' }));
	assert.ok(cancelled.finished_at);
	for (const status of ['succeeded', 'running'])
		assert.equal((await boss.browser.patch(`/api/integration_jobs/${slow.id}`, { status })).status, 409);
	assert.deepEqual(sql(`SELECT count(*) FROM ops.job WHERE queue = 'integrations' AND entry = ${slow.id}`), [['0']]);
	assert.match((await run({ integration_id: row.integration_id }, 'dead')).error, /has no mapping/);
	await good(boss.browser.patch(`/api/integration_configs/${row.integration_id}`, { status: 'paused' }));
	assert.match((await run(row, 'dead')).error, /is not active/);
});

test('keys are unique per integration, even for a user whose role sees only own rows', async () => {
	const boundary = await owner('keys');
	await good(boundary.browser.put('/api/modules/factory', { enabled: true }));
	await good(boundary.browser.post('/api/auth/organization/create-role', { role: 'rep',
		permission: { contacts: ['read:own', 'create:own', 'update:own', 'delete:own'] } }));
	const rep = await member(boundary, 'rep');
	await good(boundary.browser.patch(`/api/factory_profiles/${rep.me.id}`, { role: 'admin' }));
	for (const who of [boundary, rep]) {
		const its = plant(who), tagged = who === rep ? 'Rep' : 'Boss';
		const [one, two] = [await its.integration('webhook_in', {}), await its.integration('webhook_in', {})];
		const send = async (where, ...rows) => (await its.run({ ...where, payload: { rows } })).counts;
		const created = { created: 1, updated: 0, unchanged: 0, skipped: 0, failed: 0 };
		assert.deepEqual(await send(one, { id: '42', name: `${tagged} A` }), created);
		assert.deepEqual(await send(two, { id: '42', name: `${tagged} B` }), created);
		assert.deepEqual(await send(one, { id: '42', name: `${tagged} C` }), { ...created, created: 0, updated: 1 });
		assert.deepEqual((await people(who)).map((p) => p.last_name).filter((name) => name.startsWith(tagged)).sort(), [`${tagged} B`, `${tagged} C`]);
	}
	// The key of a row that the user cannot see cannot be used to change it or to take it over.
	const shared = await plant(boundary).integration('webhook_in', {});
	await plant(boundary).run({ ...shared, payload: { rows: [{ id: '7', name: 'Hidden' }] } });
	const failed = await plant(rep).run({ ...shared, payload: { rows: [{ id: '7', name: 'Taken' }, { id: '8', name: 'Fresh' }] } });
	assert.deepEqual([failed.counts.created, failed.counts.failed], [1, 1], JSON.stringify(failed));
	// The key of a deleted row creates a new row.
	await good(rep.browser.delete(`/api/contacts/${(await people(rep)).find((p) => p.last_name === 'Fresh').id}`));
	const again = await plant(rep).run({ ...shared, payload: { rows: [{ id: '8', name: 'Fresh' }] } });
	assert.deepEqual([again.counts.created, again.counts.failed], [1, 0], JSON.stringify(again));
	const names = (await people(boundary)).map((p) => p.last_name);
	assert.deepEqual(['Hidden', 'Taken', 'Fresh'].map((name) => names.includes(name)), [true, false, true]);
});

test('a cron schedule has a next time', async () => {
	for (const [schedule, from, next] of [['*/15 * * * *', '2026-01-01 00:00', '2026-01-01 00:15'], ['0 6 * * MON', '2026-01-01 00:00', '2026-01-05 06:00'],
		['30 1 31 * *', '2026-02-01 00:00', '2026-03-31 01:30'], ['0 0 29 2 *', '2026-03-01 00:00', '2028-02-29 00:00'],
		['0 0 13 * 5', '2026-01-01 00:00', '2026-01-02 00:00'], ['0 0 1,15 JAN-MAR 0-7', '2026-01-15 00:00', '2026-02-01 00:00'.replace('02-01', '01-16')],
		['5-10/5 23 * * *', '2026-01-01 23:05', '2026-01-01 23:10']])
		assert.deepEqual(sql(`SELECT to_char(factory_app.next_run('${schedule}', '${from}Z') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')`), [[next]], schedule);
	const row = await integration('webhook_in', {});
	const made = await add(boss, 'integration_jobs', { ...row, schedule: '0 0 1 1 *', payload: { rows: [{ id: 's1', name: 'Scheduled' }] } });
	assert.match(made.run_after, /-01-01T00:00/);
	for (const schedule of ['60 * * * *', '0 0 31 2 *', '5-1 * * * *', '*/0 * * * *', '0 0 1 1 *'.repeat(2), '* * * *'])
		assert.ok([400, 422].includes((await boss.browser.post('/api/integration_jobs', { ...row, schedule })).status), schedule);
	// The job runs now, and then at the next scheduled time.
	await good(boss.browser.patch(`/api/integration_jobs/${made.id}`, { run_after: '2026-01-01T00:00:00Z' }));
	const done = await ended(made.id, 'succeeded');
	assert.deepEqual([done.counts.created, done.run_after], [1, made.run_after]);
});

test('jobs of killed processes are neither lost nor run twice', async () => {
	const row = await integration('webhook_in', {});
	await good(boss.browser.patch(`/api/data_mappings/${(await add(boss, 'data_mappings', { integration_id: row.integration_id, name: 'plain' })).id}`,
		{ mode: 'create', fields: [{ target: 'last_name', source: 'name' }] }));
	const plain = (await list(boss, 'data_mappings', { integration_id: row.integration_id })).find(({ name }) => name === 'plain');
	// The rows have no keys, so a job that runs twice would create duplicates.
	sql(`SELECT set_config('app.org_id', (SELECT org_id::text FROM factory_app.data_mappings WHERE id = ${plain.id}), false),
		set_config('app.user_id', '${boss.id}', false);
		INSERT INTO factory_app.integration_jobs (integration_id, mapping_id, payload) SELECT ${row.integration_id}, ${plain.id},
		jsonb_build_object('rows', jsonb_build_array(jsonb_build_object('name', 'Killed ' || n))) FROM generate_series(1, ${JOBS}) n`);
	startRunner();
	const left = () => Number(sql(`SELECT count(*) FROM factory_app.integration_jobs WHERE mapping_id = ${plain.id} AND status <> 'succeeded'`)[0][0]);
	let kills = 0, before = JOBS;
	await until(async () => {
		const now = left();
		if (kills < 6 && now < before) {
			before = now;
			await replaceRunner();
			kills++;
		}
		return now === 0;
	}, Math.max(600000, JOBS * 60));
	assert.deepEqual(sql(`SELECT count(*), count(DISTINCT last_name) FROM crm.contacts WHERE last_name LIKE 'Killed %'`), [[`${JOBS}`, `${JOBS}`]]);
	assert.deepEqual(sql(`SELECT count(*) FROM ops.job WHERE queue = 'integrations' AND entry IN (SELECT id FROM factory_app.integration_jobs WHERE mapping_id = ${plain.id})`), [['0']]);
});
