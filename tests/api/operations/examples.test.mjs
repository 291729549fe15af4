// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: without tenantry-jobs, the feed numbers the rows of other files slowly, and the synchronization waits for it.
// The programs in examples/, except webhook receivers, which examples_webhooks.test.mjs runs.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ask, BASE, LONG, owner } from '../../lib/api.mjs';
import { MINUTES, within } from '../../lib/examples.mjs';

const { SOURCES } = process.env;
const me = await owner('Examples');
const { json: { key } } = await ask('POST', '/api/auth/api-key/create', { token: me.token, body: { name: 'examples' } });
const env = { ...process.env, BASE, KEY: key, TENANTRY_URL: BASE, TENANTRY_KEY: key, PYTHONPATH: `${SOURCES}/contrib/python`, PYTHONDONTWRITEBYTECODE: '1' };
const run = (program, args, more = {}) => promisify(execFile)(program, args, { env: { ...env, ...more }, timeout: 300_000 });

test('the table of examples states the minutes of each, and a test measures each', () => {
	const files = readdirSync(`${SOURCES}/examples`).filter((file) => file !== 'README.md').sort();
	assert.deepEqual(Object.keys(MINUTES).sort(), files);
	const tests = ['api/operations/examples.test.mjs', 'api/operations/examples_webhooks.test.mjs', 'web/lead_forms.test.mjs']
		.map((file) => readFileSync(`${SOURCES}/tests/${file}`, 'utf8')).join('');
	assert.deepEqual(files.filter((file) => !(MINUTES[file] > 0 && tests.includes(`'${file}'`))), []);
	assert.equal((tests.match(/within\(/g) ?? []).length >= 5, true, 'the tests call within()');
});

test('a killed synchronization does not lose, duplicate or change any data', async (t) => {
	const { stdout } = await within('sync.py', () => run('python3', [`${SOURCES}/tests/api/operations/sync_example.py`], { KILLS: LONG ? '20' : '3' }));
	t.diagnostic(stdout.trim());
	assert.match(stdout, / 0 differences\n$/);
});

test('a report contains the number and amount of deals for each stage and month', async () => {
	for (const [stage, amount] of [['won', 100], ['won', 50], ['lost', 7]])
		assert.equal((await ask('POST', '/api/deals', { token: me.token, body: { name: 'Deal', stage, amount } })).status, 201);
	const { stdout } = await within('report.py', () => run('python3', [`${SOURCES}/examples/report.py`]));
	const month = new Date().toISOString().slice(0, 8);
	const [header, ...lines] = stdout.trim().split('\n').map((line) => line.split(','));
	assert.deepEqual(header, ['stage', 'created_at_month', 'count', 'sum_amount', 'avg_amount']);
	assert.deepEqual(lines.map(([stage, , count, sum, avg]) => [stage, count, sum, Number(avg)]), [['lost', '1', '7', 7], ['won', '2', '150', 75]]);
	assert.ok(lines.every(([, at]) => at.startsWith(month)), stdout);
});

test('an MCP client lists the companies with the most open deals', async () => {
	const { json: { id } } = await ask('POST', '/api/companies', { token: me.token, body: { name: 'Asked Ltd' } });
	assert.equal((await ask('POST', '/api/deals', { token: me.token, body: { name: 'Open', stage: 'won', amount: 12, company_id: id } })).status, 201);
	// The folder is below the tests, where Node finds the package.
	const folder = mkdtempSync(new URL('example-', import.meta.url).pathname);
	copyFileSync(`${SOURCES}/examples/mcp-client.mjs`, `${folder}/mcp-client.mjs`);
	const { stdout, stderr } = await within('mcp-client.mjs', () => run(process.execPath, [`${folder}/mcp-client.mjs`]));
	assert.match(stdout, /'Asked Ltd' +. +1 +. +12 /);
	assert.match(stderr, /tools: .*query/);
});
