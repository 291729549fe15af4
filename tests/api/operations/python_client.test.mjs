// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Uses contrib/python, and checks programs with the types of this server.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ask, BASE, long, owner } from '../../lib/api.mjs';

const run = promisify(execFile);
const { SOURCES } = process.env;

test('the Python client reads, changes and follows rows', async () => {
	const { token } = await owner('Python');
	const { stderr } = await run('python3', [`${SOURCES}/tests/api/operations/python_client.py`],
		{ env: { ...process.env, TOKEN: token, PYTHONDONTWRITEBYTECODE: '1' }, timeout: 120_000 });
	assert.match(stderr, /\nRan 8 tests in .*\n\nOK\n/);
});

test('with a key, the Python types contain the fields and objects of its organization, and a wrong key changes nothing', async () => {
	const { token } = await owner('Python types');
	for (const [resource, body] of [['object_definitions', { label: 'Ship', plural: 'Ships' }], ['field_definitions', { resource: 'deals', key: 'berths', label: 'Berths', kind: 'integer' }]])
		assert.equal((await ask('POST', `/api/${resource}`, { token, body })).status, 201);
	const { json: { key } } = await ask('POST', '/api/auth/api-key/create', { token, body: { name: 'types', permissions: { tags: ['read'] } } });
	const cwd = mkdtempSync(`${tmpdir()}/python-`);
	cpSync(`${SOURCES}/contrib/python`, cwd, { recursive: true });
	const generate = async (secret, query = '') => {
		const { TENANTRY_KEY: _, ...env } = process.env;
		await run('python3', ['generate.py', `${BASE}/api/openapi.json${query}`], { cwd, env: { ...env, ...secret && { TENANTRY_KEY: secret } } });
		return readFileSync(`${cwd}/tenantry_schema.py`, 'utf8');
	};
	const shared = await generate();
	assert.doesNotMatch(shared, /berths|custom_ships/);
	await assert.rejects(generate('wrong'), /api\/catalogue: status 401, /);
	await assert.rejects(generate(token, '?orgId=7'), /api\/catalogue\?orgId=7: status 4\d\d/);
	assert.equal(readFileSync(`${cwd}/tenantry_schema.py`, 'utf8'), shared);
	for (const secret of [key, token]) {
		const own = await generate(secret);
		assert.match(own, /'custom\.berths|'berths'/);
		assert.match(own, /Literal\['custom_ships'\]/);
	}
	await assert.rejects(run('python3', ['generate.py', `${BASE}/nonesuch`], { cwd }), /status 404/);
});

const CORRECT = `from tenantry_schema import Contacts, Deals, Event, Tenantry
from tenantry_client import verify_webhook
tenantry = Tenantry("http://localhost")
deals = tenantry.rows("deals")
won: list[Deals] = deals.list(filter={"amount@gte": 5, "@or": [{"name@ilike": "x"}, {"archived_at": None}]}, sort=("amount", "DESC"),
    range=(0, 9), external_ids={"erp": "4711"})
deals.create({"name": "x", "stage": "won", "amount": 5})
contact: Contacts = tenantry.rows("contacts").get(1)
company: int | None = contact["company_id"]
event: Event = verify_webhook("whsec_", {}, b"")
`;
const MISSPELT = ['deals.create({"name": "x", "amout": 5})', 'deals.list(filter={"stag": "won"})', 'deals.list(filter={"name@gt": "x"})',
	'deals.list(sort=("stag", "ASC"))', 'tenantry.rows("deal")', 'tenantry.rows("appointments").update(1, {"status": "sleeping"})',
	'contact["compny_id"]', 'tenantry.rows("timeline").create({})'];

long('mypy reports a misspelt field, filter, sort, value or resource', async (t) => {
	const mypy = await run('mypy', ['--version']).then(() => true, () => false);
	if (!mypy)
		return t.skip('there is no mypy');
	const cwd = mkdtempSync(`${tmpdir()}/python-`);
	cpSync(`${SOURCES}/contrib/python`, cwd, { recursive: true });
	await run('python3', ['generate.py', `${BASE}/api/openapi.json`], { cwd });
	writeFileSync(`${cwd}/use.py`, CORRECT + MISSPELT.map((line) => `${line}\n`).join(''));
	const { stdout } = await run('mypy', ['--strict', 'tenantry_client.py', 'generate.py', 'use.py'], { cwd }).catch((failed) => failed);
	const first = CORRECT.split('\n').length;
	const faults = [...stdout.matchAll(/^(\S+):(\d+): error: /gm)].map(([, file, line]) => `${file} ${line}`);
	assert.deepEqual(faults, MISSPELT.map((_, n) => `use.py ${first + n}`), stdout.slice(0, 3000));
});
