// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// With every supported database and pooler: requests run only as tenantry_app, and leave no state in a session for the
// next client.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { ask, owner } from '../../lib/api.mjs';

const psql = (where, text) => execFileSync('psql', ['-XqAt', '-v',
	'ON_ERROR_STOP=1', '-d', where, '-f', '-'], { encoding: 'utf8', input: text });
const { DATABASE_URL, PGDATABASE, BUILD, SOURCES, TEST_POOLER, OLD_POOLER } = process.env;
const superuser = (text) => psql(PGDATABASE, text);

test('every write runs as tenantry_app in its organization', async (t) => {
	superuser(`CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO PUBLIC;
		CREATE FUNCTION trap.who() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF current_user <> 'tenantry_app' OR NOT starts_with(NEW.name, current_setting('app.org_id'))
			    OR current_setting('search_path') NOT IN ('', '""')
			    OR current_setting('statement_timeout') <> '5s'
			    OR current_setting('plan_cache_mode') <> 'force_generic_plan'
			    OR current_setting('TimeZone') <> 'UTC' THEN
				RAISE EXCEPTION 'trapped % %', current_user, current_setting('search_path');
			END IF;
			RETURN NEW;
		END $$;
		CREATE TRIGGER who BEFORE INSERT ON crm.tags FOR EACH ROW
			EXECUTE FUNCTION trap.who();`);
	const all = await Promise.all(['A', 'B', 'C', 'D'].map((name) => owner(name)));
	const end = Date.now() + 4000;
	let n = 0;
	await Promise.all(Array.from({ length: 24 }, async (_, i) => {
		const who = all[i % all.length];
		while (Date.now() < end) {
			const made = await ask('POST', '/api/tags', { token: who.token,
				body: { name: `${who.organization} ${++n}`, color: '#aabbcc' } });
			assert.equal(made.status, 201, made.text);
			const wrong = await ask('GET', '/api/tags?filter={"nothing":1}',
				{ token: who.token });
			assert.equal(wrong.status, 400, wrong.text);
			const list = await ask('GET', '/api/tags', { token: who.token });
			assert.ok(list.json.every((tag) => tag.name.startsWith(who.organization)), list.text);
		}
	}));
	superuser('DROP SCHEMA trap CASCADE');
	t.diagnostic(`say ${3 * n} requests by 24 concurrent clients`);
});

TEST_POOLER && test('a request leaves no state in a session of the pool', () => {
	for (let i = 0; i < 12; i++)
		assert.equal(psql(DATABASE_URL, `BEGIN; SELECT current_setting('role') || ' '
			|| coalesce(current_setting('app.org_id', true), '') || ' '
			|| coalesce(current_setting('app.actor', true), '') || ' '
			|| current_setting('statement_timeout') || ' '
			|| (SELECT count(*) FROM pg_listening_channels()) FROM pg_sleep(0.05);
			COMMIT;`).trim(), 'none   0 0');
});

test('the database owner cannot read what the workers cannot read', () => {
	assert.equal(psql(DATABASE_URL, 'SELECT count(*) FROM crm.tags').trim(), '0');
});

test('the tenantry command works with the same URL', () => {
	const run = (...words) => execFileSync(`${BUILD}/tenantry`, words, {
		encoding: 'utf8', env: { ...process.env,
			TENANTRY_SQL: SOURCES } });
	const doctor = () => spawnSync(`${BUILD}/tenantry`, ['doctor'], {
		encoding: 'utf8' }).stdout;
	run('schema', 'verify');
	run('audit', 'seal');
	assert.match(run('audit', 'verify'), /: intact/);
	assert.match(run('org', 'create', 'Swapped', superuser(
		'SELECT email FROM identity."user" LIMIT 1').trim()), /is created with the slug swapped/);
	assert.match(superuser(`SELECT request_id
		FROM ops.audit_log WHERE request_id ~ 'command' GROUP BY request_id`),
	/command line/);
	const pooler = /^\w+ +pooler +(.*)$/m.exec(doctor())[1];
	assert.match(pooler, !TEST_POOLER ? /^none/ : OLD_POOLER
		? /without support for prepared/ : /with support for prepared/);
	run('schema', 'down');
	run('schema', 'up');
});
