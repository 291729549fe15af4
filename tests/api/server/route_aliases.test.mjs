// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_ROUTE_ALIASES=%SOURCES%/tests/api/server/route_aliases.conf
// Old paths of renamed routes: their responses, their callers and their retirement.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { ask, owner, query, sql, until } from '../../lib/api.mjs';
import { workers } from '../../lib/fcgi.mjs';
import { operator } from '../lib/people.mjs';

const who = await owner('Aliases');
const agent = (name) => ({ 'user-agent': name });
const as = (method, path, more = {}) => ask(method, path, { token: who.token, ...more });
const DEPRECATED = '@' + Date.UTC(2026, 0, 31) / 1000;
const tenantry = (...words) => spawnSync(`${process.env.BUILD}/tenantry`, words, { encoding: 'utf8' });
const uses = (path, name) => sql(`SELECT sum(requests), count(*) FROM ops.route_use
	WHERE path = '${path}' AND agent = '${name}'`)[0].map(Number);

test('the new route answers an old path, with headers that say so', async () => {
	const made = await as('POST', '/api/prospects', { body: { name: 'Old', stage: 'opportunity' } });
	assert.equal(made.status, 201, made.text);
	const url = `/api/prospects/${made.json.id}`;
	const rs = await as('GET', url);
	assert.equal(rs.status, 200);
	assert.equal(rs.json.name, 'Old');
	assert.equal(rs.headers.deprecation, DEPRECATED);
	assert.equal(rs.headers.sunset, 'Thu, 31 Dec 2099 00:00:00 GMT');
	assert.equal(rs.headers.link, `</api/deals/${made.json.id}>; rel="successor-version"`);
	const changed = await as('PATCH', url, { body: { amount: 7 }, headers: { 'if-match': rs.headers.etag } });
	assert.equal(changed.json?.amount, 7, changed.text);
	const current = await as('GET', `/api/deals/${made.json.id}`);
	assert.equal(current.json.amount, 7);
	for (const name of ['deprecation', 'sunset', 'link'])
		assert.equal(current.headers[name], undefined);
});

test('query strings, subpaths, other methods and problems work as they do at the new path', async () => {
	const list = '/api/prospects' + query({ range: [0, 0], sort: ['id', 'DESC'], filter: { name: 'Old' } });
	const rs = await as('GET', list);
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.length, 1);
	assert.match(rs.headers['content-range'], /^deals 0-0\/1$/);
	const id = rs.json[0].id;
	assert.equal((await as('GET', `/api/prospects/${id}/stages`)).status, 200);
	assert.equal((await as('HEAD', `/api/prospects/${id}`)).headers.deprecation, DEPRECATED);
	for (const [method, path, status] of [['GET', '/api/prospects/1', 404],
		['PUT', '/api/prospects/1/stages', 405], ['GET', `/api/prospects/${id}/none`, 404]]) {
		const problem = await as(method, path);
		assert.equal(problem.status, status, problem.text);
		assert.equal(problem.headers.deprecation, DEPRECATED);
	}
	assert.equal((await ask('GET', list)).status, 401);
	assert.equal((await as('GET', '/api/prospectsx')).headers.deprecation, undefined);
	const moved = await as('POST', `/api/board/${id}/put`, { body: { stage: 'won', index: 0 } });
	assert.equal(moved.status, 200, moved.text);
	assert.equal(moved.headers.link, `</api/deals/${id}/move>; rel="successor-version"`);
	assert.equal((await as('GET', `/api/deals/${id}`)).json.stage, 'won');
});

test('a part of a batch may have an old path', async () => {
	const get = '/api/prospects?range=[0,0]';
	const rs = await as('GET', '/api/batch?get=' + encodeURIComponent(get), { headers: agent('Batch/2') });
	assert.equal(rs.status, 200, rs.text);
	assert.equal(rs.json.results[0].status, 200);
	assert.equal(rs.headers.deprecation, undefined);
	await until(() => uses('/api/prospects', 'Batch')[0] === 1);
});

test('the link contains no character that would end it', async () => {
	const rs = await as('GET', '/api/prospects/%3E%22x');
	assert.equal(rs.headers.link, '</api/deals/%3E%22x>; rel="successor-version"');
});

test('calls are counted by path, product and organization', async () => {
	for (const name of ['Sync/1.2 (Ada Lovelace)', 'Sync/1.3', 'Sync'])
		assert.equal((await as('GET', '/api/persons?range=[0,0]', { headers: agent(name) })).status, 200);
	assert.equal((await ask('GET', '/api/persons', { headers: agent('Sync/1') })).status, 401);
	await until(() => uses('/api/persons', 'Sync')[0] === 4);
	assert.deepEqual(sql(`SELECT org_id, requests FROM ops.route_use WHERE path = '/api/persons' AND agent = 'Sync'
		ORDER BY requests`), [['', '1'], [who.organization, '3']]);
	assert.equal(sql("SELECT count(*) FROM ops.route_use WHERE agent LIKE '%Ada%' OR agent LIKE '%1%'")[0][0], '0');
	const list = JSON.parse(tenantry('routes', 'usage', '/api/persons', '--json').stdout);
	assert.deepEqual(list.map((c) => [c.agent, c.organization, c.requests]), [['Sync', who.slug, 3], ['Sync', null, 1]]);
	assert.match(tenantry('routes', 'usage').stdout, /\/api\/persons.*Sync/);
});

test('only operators can see old paths and their callers', async () => {
	const op = await operator();
	const rs = await op.browser.get('/api/operations/routes');
	assert.equal(rs.status, 200, rs.text);
	const one = rs.json.find((r) => r.path === '/api/persons');
	assert.deepEqual([one.successor, one.since, one.sunset, one.retired_at, one.requests],
		['/api/contacts', '2026-01-31', '2026-06-30', null, 4]);
	assert.equal(one.callers[0].organization, who.slug);
	assert.equal((await as('GET', '/api/operations/routes')).status, 403);
	assert.match(tenantry('routes', 'list').stdout, /\/api\/prospects\s+\/api\/deals\s+until 2099-12-31/);
});

test('a path is retired only after its date and if it is unused, or with a confirmation', async () => {
	const refused = (path, pattern, ...more) => {
		const { status, stderr } = tenantry('routes', 'retire', path, ...more);
		assert.equal(status, 1);
		assert.match(stderr, pattern);
	};
	refused('/api/none', /no such old path/);
	refused('/api/prospects', /promised until 2099-12-31/);
	refused('/api/persons', /in use: 4 calls/);
	refused('/api/persons', /not the name of the database/, '--yes-i-mean', 'other');
	assert.equal((await as('GET', '/api/persons?range=[0,0]')).status, 200);
	const { stdout, status } = tenantry('routes', 'retire', '/api/people');
	assert.equal(status, 0);
	assert.match(stdout, /410/);
	refused('/api/people', /retired already/);
	await until(async () => (await as('GET', '/api/people')).status === 410);
	const rs = await as('GET', '/api/people/12', { headers: agent('Late/1') });
	assert.equal(rs.json.type, '/problems/gone');
	assert.match(rs.json.detail, /Use \/api\/contacts instead/);
	assert.equal(rs.headers.link, '</api/contacts/12>; rel="successor-version"');
	await until(() => uses('/api/people', 'Late')[0] === 1);
	assert.equal(tenantry('routes', 'retire', '/api/persons', '--yes-i-mean', process.env.PGDATABASE).status, 0);
	await until(async () => (await as('GET', '/api/persons')).status === 410);
	assert.equal(tenantry('routes', 'restore', '/api/people').status, 0);
	await until(async () => (await as('GET', '/api/people?range=[0,0]')).status === 200);
	refused('/api/none', /no such old path/);
	assert.equal(tenantry('routes', 'restore', '/api/people').status, 1);
});

test('a path that is old only with a module is counted and retired for organizations with the module', async () => {
	const other = await owner('With');
	const theirs = (path) => ask('GET', path, { token: other.token, headers: agent('Module/1') });
	assert.equal((await ask('PUT', '/api/modules/b2b', { token: other.token, body: { enabled: true } })).status, 200);
	const plain = await as('GET', '/api/deals', { headers: agent('Plain/1') });
	assert.deepEqual([plain.status, plain.headers.deprecation], [200, undefined]);
	assert.ok((await theirs('/api/deals')).headers.deprecation);
	await until(() => uses('/api/deals', 'Module')[0] === 1);
	assert.equal(uses('/api/deals', 'Plain')[1], 0);
	assert.equal(sql(`SELECT count(*) FROM ops.route_use u JOIN identity.organization o ON o.id = u.org_id
		WHERE agent = 'Module' AND 'b2b' = ANY (o.modules)`)[0][0], '1');
	assert.equal(tenantry('routes', 'retire', '/api/deals', '--yes-i-mean', process.env.PGDATABASE).status, 0);
	await until(async () => (await theirs('/api/deals')).status === 410);
	const rs = await theirs('/api/deals/12/stages');
	assert.match(rs.json.detail, /Use \/api\/opportunities instead/);
	assert.equal(rs.headers.link, '</api/opportunities/12/stages>; rel="successor-version"');
	assert.equal((await theirs('/api/opportunities')).status, 200);
	assert.equal((await as('GET', '/api/deals')).status, 200);
	assert.equal(tenantry('routes', 'restore', '/api/deals').status, 0);
	await until(async () => (await theirs('/api/deals')).status === 200);
});

test('many callers of one path use a bounded number of rows', async () => {
	for (let from = 0; from < 1100; from += 100)
		await Promise.all(Array.from({ length: 100 }, (_, i) =>
			as('GET', '/api/prospects/1', { headers: agent(`Many${from + i}/1`) })));
	await until(() => Number(sql(`SELECT sum(requests) FROM ops.route_use WHERE path = '/api/prospects'
		AND (agent LIKE 'Many%' OR agent = 'others')`)[0][0]) === 1100);
	const [[rows, others]] = sql(`SELECT count(*), sum(requests) FILTER (WHERE agent = 'others')
		FROM ops.route_use WHERE path = '/api/prospects'`);
	assert.ok(Number(rows) <= 1001, `${rows} rows`);
	assert.ok(Number(others) >= 100, `${others} others`);
});

test('counts are written when the workers stop, and after the database was unavailable', async () => {
	const pool = await workers();
	assert.equal((await pool.ask('GET', '/api/prospects/1',
		{ token: who.token, headers: { HTTP_USER_AGENT: 'Stopping/1' } })).status, 404);
	await pool.stop();
	assert.deepEqual(uses('/api/prospects', 'Stopping'), [1, 1]);
});

test('under CGI, an old path is counted immediately, and refused when it is retired', () => {
	const cgi = (path) => execFileSync(`${process.env.BUILD}/tenantry-fcgi`, { encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, TENANTRY_SOCKET: '', TENANTRY_LOGIN_SOCKET: '',
			TENANTRY_SLOW_SOCKET: '', GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', REQUEST_URI: path,
			REMOTE_ADDR: '127.0.0.1', HTTP_HOST: 'localhost', HTTP_AUTHORIZATION: `Bearer ${who.token}`,
			HTTP_USER_AGENT: 'Cgi/1' } });
	assert.match(cgi('/api/people?range=[0,0]'), /^Status: 200[^]*Deprecation: @/);
	assert.deepEqual(uses('/api/people', 'Cgi'), [1, 1]);
	assert.match(cgi('/api/persons'), /^Status: 410/);
});

test('the program refuses an invalid list of old paths', () => {
	const folder = mkdtempSync(`${tmpdir()}/aliases-`), file = `${folder}/list`;
	const start = (text) => {
		writeFileSync(file, text);
		return spawnSync(`${process.env.BUILD}/tenantry-fcgi`, { encoding: 'utf8', timeout: 20000,
			env: { ...process.env, TENANTRY_SOCKET: `${folder}/socket`, TENANTRY_ROUTE_ALIASES: file } });
	};
	for (const [line, why] of [['/api/a /api/deals 2026-01-31', /list:2: must be PATH/],
		['/api/a /api/deals 2026-01-31 2026-06-30 more', /must be PATH/],
		['/a /api/deals 2026-01-31 2026-06-30', /paths begin with/],
		['/api/auth/ok /api/deals 2026-01-31 2026-06-30', /paths begin with/],
		['/api/a/{b /api/deals 2026-01-31 2026-06-30', /paths begin with/],
		['/api/a/ /api/deals 2026-01-31 2026-06-30', /paths begin with/],
		['/api/a /api/deals/{id} 2026-01-31 2026-06-30', /has a \{name\}/],
		['/api/a /api/deals 2026-06-31 2026-07-31', /dates are/],
		['/api/a /api/deals 2026-06-30 2026-06-29', /dates are/],
		['/api/contacts /api/deals 2026-01-31 2026-06-30', /there is a route at the old path/],
		['/api/a /api/none 2026-01-31 2026-06-30', /no route at the successor/]]) {
		const { status, stderr } = start(`# comment\n${line}\n`);
		assert.equal(status, 1, line);
		assert.match(stderr, why, line);
	}
	rmSync(file);
	const { status, stderr } = spawnSync(`${process.env.BUILD}/tenantry-fcgi`, { encoding: 'utf8',
		env: { ...process.env, TENANTRY_ROUTE_ALIASES: file } });
	assert.equal(status, 1);
	assert.match(stderr, /TENANTRY_ROUTE_ALIASES=.*No such file/);
	rmSync(folder, { recursive: true });
});
