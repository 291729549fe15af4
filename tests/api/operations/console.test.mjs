// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_CONSOLE=on TENANTRY_CONSOLE_TIMEOUT=1500 TENANTRY_CONSOLE_ROWS=50 TENANTRY_CONSOLE_BYTES=4096 TENANTRY_CONSOLE_DISK=1
// own stack: it grants a privilege on a parameter of the server, and lists the statements of all operators.
// The SQL console of operators: what it reads, refuses and records.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { ask, openapi, owner, person, query, sql, until } from '../../lib/api.mjs';
import { flaws } from '../../lib/schema.mjs';

const AT = '/api/operators/console';
let op, acme, other, schemaOwner;

before(async () => {
	op = await person('Olive Operator');
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = '${op.user.id}'`);
	acme = await owner('Acme');
	other = await owner('Other');
	for (const who of [acme, other])
		assert.equal((await ask('POST', '/api/contacts', { token: who.token, body: { first_name: 'Ann', last_name: who.name } })).status, 201);
	[[schemaOwner]] = sql(`SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'ops'`);
});

after(() => sql(`REVOKE SET ON PARAMETER temp_file_limit FROM ${schemaOwner}`));

const run = (text, more = {}, token = op.token) => ask('POST', AT, { token, body: { sql: text, ...more } });

async function rows(text, more) {
	const rs = await run(text, more);
	assert.equal(rs.status, 200, rs.text);
	return rs.json.rows;
}

// The message about a statement that is refused.
async function refused(text, code = 'console_statement', more = {}) {
	const rs = await run(text, more);
	assert.equal(rs.status, 422, `${text}: ${rs.text}`);
	assert.equal(rs.json.code, code, rs.text);
	return rs.json.detail;
}

const shown = async () => {
	const rs = await ask('GET', AT, { token: op.token });
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const columns = () => sql(`SELECT t.relation::text, a.attname, a.attname = ANY (t.hidden)
	FROM identity.console_tables() t JOIN pg_attribute a ON a.attrelid = t.relation AND a.attnum > 0 AND NOT a.attisdropped
	ORDER BY 1, a.attnum`).map(([table, column, hidden]) => ({ table, column, hidden: hidden === 't' }));

test('without a limit of temporary files, no statement runs', async () => {
	assert.match(await refused('SELECT 1', 'console_disk'), /GRANT SET ON PARAMETER temp_file_limit TO/);
	sql(`GRANT SET ON PARAMETER temp_file_limit TO ${schemaOwner}`);
	assert.deepEqual(await rows('SELECT 1'), [['1']]);
});

test('only operators with a fresh session may use it', async () => {
	assert.equal((await run('SELECT 1', {}, acme.token)).status, 403);
	assert.equal((await ask('GET', AT, { token: acme.token })).status, 403);
	assert.equal((await ask('POST', AT, { body: { sql: 'SELECT 1' } })).status, 401);
	const key = await ask('POST', '/api/auth/api-key/create', { token: op.token, body: { name: 'k' } });
	if (key.status === 200)
		assert.notEqual((await ask('POST', AT, { headers: { 'x-api-key': key.json.key }, body: { sql: 'SELECT 1' } })).status, 200);
	const late = await ask('POST', '/api/auth/sign-in/email', { body: { email: op.email, password: 'correct horse battery' } });
	sql(`UPDATE identity.session SET created_at = now() - interval '25 hours' WHERE id = (SELECT id FROM identity.session
		WHERE user_id = '${op.user.id}' ORDER BY created_at DESC LIMIT 1)`);
	assert.equal((await run('SELECT 1', {}, late.json.token)).status, 403);
});

test('the result has all columns, also of the same name and without rows', async () => {
	const { json } = await run(`SELECT 1 AS a, 'x' AS a, NULL AS b, 9007199254740993 AS big`);
	assert.deepEqual(json.columns, ['a', 'a', 'b', 'big']);
	assert.deepEqual(json.rows, [['1', 'x', null, '9007199254740993']]);
	const none = (await run('SELECT id, name FROM identity.organization WHERE false;')).json;
	assert.deepEqual([none.columns, none.rows], [['id', 'name'], []]);
});

test('tables of organizations show the rows of the named organization only', async () => {
	const names = 'SELECT last_name FROM crm.contacts';
	assert.deepEqual(await rows(names), []);
	assert.deepEqual(await rows(names, { organization: acme.slug }), [[acme.name]]);
	assert.deepEqual(await rows(names, { organization: other.organization }), [[other.name]]);
	assert.equal((await run(names, { organization: 'nobody' })).status, 404);
	assert.equal((await rows(`SELECT slug FROM identity.organization WHERE slug IN ('${acme.slug}', '${other.slug}')`)).length, 2);
	// The setting of the application does not choose the rows, and cannot be changed.
	await refused(`SELECT set_config('app.org_id', '${other.organization}', true)`);
});

test('every table hides the rows of other organizations', async () => {
	const { tables } = await shown();
	const inside = tables.filter((t) => t.of_organization);
	assert.ok(inside.length > 80, inside.length);
	for (const { name } of inside)
		assert.deepEqual(await rows(`SELECT count(*) FROM ${name} WHERE org_id <> '${acme.organization}'`,
			{ organization: acme.organization }), [['0']], name);
});

test('no column with a secret can be read', async () => {
	const hidden = columns().filter((c) => c.hidden);
	assert.ok(hidden.length > 50, hidden.length);
	for (const { table, column } of hidden) {
		assert.match(await refused(`SELECT ${column} FROM ${table}`), /^(sql: )?42501 /, `${table}.${column}`);
		assert.match(await refused(`SELECT t FROM ${table} t`), /^(sql: )?42501 /, table);
		assert.match(await refused(`SELECT 1 FROM ${table} WHERE ${column}::text = ''`), /42501|type/, `${table}.${column}`);
	}
});

test('all other columns can be read', async () => {
	const all = columns().filter((c) => !c.hidden);
	const tables = new Set(all.map((c) => c.table));
	assert.ok(tables.size > 180, tables.size);
	for (const table of tables)
		await rows(`SELECT ${all.filter((c) => c.table === table).map(({ column }) => `"${column}"`).join(', ')} FROM ${table} LIMIT 0`);
});

test('secrets that exist are in no result', async () => {
	await ask('POST', '/api/webhooks', { token: acme.token, body: { url: 'https://hook.test/', events: ['tags.create'] } });
	const secrets = sql(`SELECT secret FROM crm.webhooks UNION ALL SELECT password FROM identity.account
		UNION ALL SELECT encode(token_hash, 'hex') FROM identity.session`).map(([s]) => s).filter(Boolean);
	assert.ok(secrets.length > 3);
	const { tables } = await shown();
	for (const { name, columns: list } of tables) {
		const rs = await run(`SELECT ${list.map((c) => `"${c}"`).join(', ')} FROM ${name} LIMIT 50`, { organization: acme.organization });
		assert.equal(rs.status, 200, rs.text);
		for (const secret of secrets)
			assert.ok(!rs.text.includes(secret), name);
	}
});

for (const [what, text] of Object.entries({
	'a change': `UPDATE crm.contacts SET last_name = 'x'`,
	'a change in WITH': `WITH x AS (DELETE FROM crm.tags RETURNING 1) SELECT * FROM x`,
	'two statements': 'SELECT 1; SELECT 2',
	'a table to create': 'SELECT 1 INTO t',
	'a lock of rows': 'SELECT 1 FROM crm.contacts FOR UPDATE',
	'a lock': 'SELECT pg_advisory_lock(1)',
	'a pause': 'SELECT pg_sleep(1)',
	'a setting': `SELECT set_config('work_mem', '1GB', true)`,
	'SQL as text': `SELECT query_to_xml('SELECT 1', true, true, '')`,
	'a file': `SELECT pg_read_file('/etc/passwd')`,
	'a message': `SELECT pg_notify('x', 'y')`,
	'the end of a session': 'SELECT pg_terminate_backend(1)',
	'the source of functions': 'SELECT prosrc FROM pg_proc',
	'the source of functions by schema': 'SELECT prosrc FROM pg_catalog.pg_proc',
	'passwords of roles': 'SELECT * FROM pg_authid',
	'statistics with values': 'SELECT * FROM pg_statistic',
	'another schema': 'SELECT * FROM pg_toast.pg_toast_1255',
	'a table of nobody': 'SELECT * FROM public.nothing',
	'a function of the schema': 'SELECT identity.is_operator()',
	'a function by its name only': `SELECT operate('x')`,
	'EXPLAIN': 'EXPLAIN SELECT 1',
	'COPY': `COPY crm.tags TO PROGRAM 'true'`,
	'SET': 'SET ROLE tenantry_app',
	'DO': 'DO $$ BEGIN END $$',
}))
	test(`${what} is refused`, () => refused(text));

test('the role may write nothing and call no other function', () => {
	assert.deepEqual(sql(`SELECT c.oid::regclass FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'S')
		AND c.relnamespace::regnamespace::text IN ('crm', 'factory_app', 'identity', 'membership', 'ops')
		AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('tenantry_console', c.oid, 'USAGE, UPDATE')
			ELSE has_table_privilege('tenantry_console', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') END`), []);
	assert.deepEqual(sql(`SELECT p.proname FROM pg_proc p WHERE p.pronamespace::regnamespace::text IN ('crm', 'factory_app', 'identity', 'membership', 'ops')
		AND p.prolang <> (SELECT l.oid FROM pg_language l WHERE l.lanname = 'internal')	-- constructors of ranges
		AND has_function_privilege('tenantry_console', p.oid, 'EXECUTE') ORDER BY 1`).flat(),
	['console_plan', 'console_query', 'demand_console', 'mcp_org', 'refuse', 'refuse_with']);
	assert.deepEqual(sql(`SELECT rolsuper OR rolbypassrls OR rolcanlogin OR rolcreaterole, has_database_privilege('tenantry_console', current_database(), 'TEMPORARY, CREATE'),
		(SELECT count(*) FROM pg_auth_members m WHERE m.member = r.oid) FROM pg_roles r WHERE rolname = 'tenantry_console'`), [['f', 'f', '0']]);
});

test('rows, bytes, time and temporary files are limited', async () => {
	const many = (await run('SELECT * FROM generate_series(1, 51)')).json;
	assert.deepEqual([many.rows.length, many.count, many.more], [50, 50, true]);
	const wide = (await run(`SELECT string_agg('xxxxxxxxxx', '') FROM generate_series(1, 100) a, generate_series(1, 10) b GROUP BY b`)).json;
	assert.deepEqual([wide.rows.length, wide.more], [4, true]);
	const began = Date.now();
	await refused('SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b', 'console_timeout');
	assert.ok(Date.now() - began < 6000);
	assert.match(await refused('SELECT a, b FROM generate_series(1, 3000) a, generate_series(1, 300) b ORDER BY b, a'), /53400 temporary file size exceeds/);
});

test('requests of others are served while statements run', async () => {
	const slow = () => run('SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b');
	const running = [slow(), slow(), slow(), slow()];
	for (let n = 0; n < 10; n++) {
		const began = Date.now();
		assert.equal((await ask('GET', '/api/contacts', { token: acme.token })).status, 200);
		assert.ok(Date.now() - began < 1000);
	}
	for (const rs of await Promise.all(running))
		assert.ok([422, 503].includes(rs.status), rs.text);
});

test('the installation runs two statements at the same time', async () => {
	const places = [1, 2].map((n) => `pg_advisory_lock(hashtextextended('console ${n}', 0))`);
	const holder = spawn('psql', ['-XqAt', '-c', `SELECT ${places}`, '-c', 'SELECT pg_sleep(60)'], { stdio: 'ignore' });
	try {
		while ((await run('SELECT 1')).status === 200)
			;
		const rs = await run('SELECT 1');
		assert.deepEqual([rs.status, rs.json.code], [409, 'console_busy']);
		sql(`SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
		await until(async () => (await run('SELECT 1')).status === 200);
	} finally {
		holder.kill();
	}
});

test('a plan is estimated without running the statement, or measured', async () => {
	const estimate = (await run('SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b', { plan: 'estimate' })).json;
	assert.equal(estimate.plan.Plan['Node Type'], 'Aggregate');
	assert.equal(estimate.plan.Plan['Actual Rows'], undefined);
	const measure = (await run('SELECT * FROM identity.organization', { plan: 'measure' })).json;
	assert.ok(measure.plan['Execution Time'] >= 0);
	assert.ok(measure.plan.Plan['Actual Rows'] >= 2);
	assert.match(await refused('SELECT password FROM identity.account', 'console_statement', { plan: 'estimate' }), /42501/);
	assert.equal((await run('SELECT 1', { plan: 'all' })).json.errors.plan !== undefined, true);
});

test('responses are as documented', async () => {
	const document = await openapi();
	const { get, post } = document.paths[AT];
	const schema = (operation) => operation.responses['200'].content['application/json'].schema;
	assert.deepEqual(flaws(document, schema(get), await shown()), []);
	for (const plan of [null, 'estimate', 'measure'])
		assert.deepEqual(flaws(document, schema(post), (await run('SELECT 1', { plan })).json), []);
});

test('each statement is recorded with its user, duration and rows; the record cannot be changed', async () => {
	await rows('SELECT 1 AS recorded FROM generate_series(1, 3)');
	await refused('SELECT nothing_here');
	const [failed, done] = (await shown()).statements;
	assert.deepEqual([done.sql, done.user_id, done.rows, done.error], ['SELECT 1 AS recorded FROM generate_series(1, 3)', op.user.id, 3, null]);
	assert.ok(done.ms >= 0);
	assert.match(failed.error, /42703/);
	assert.equal(failed.rows, null);
	for (const change of ['UPDATE identity.event SET data = NULL', 'DELETE FROM identity.event'])
		assert.throws(() => sql(`${change} WHERE action LIKE 'console.%'`), /append-only|rolled back|may not/);
});

test('an organization finds the statements about it in its audit log', async () => {
	const text = 'SELECT count(*) FROM crm.companies -- for Acme';
	await rows(text, { organization: acme.slug });
	const entry = async (who) => (await ask('GET', '/api/audit_log' + query({ filter: { action: 'console' } }), { token: who.token })).json
		.find((e) => e.changes.statement.new === text);
	assert.equal((await entry(acme)).user_id, op.user.id);
	assert.equal(await entry(other), undefined);
});
