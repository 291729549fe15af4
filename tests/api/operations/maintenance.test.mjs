// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_WORKERS=1
// own stack: it restarts the workers and changes PostgreSQL settings.
// Planned maintenance from the announcement to the end, What's New, and the checklist.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { ask, owner, person, sql, until } from '../../lib/api.mjs';

const TENANTRY = `${process.env.BUILD}/tenantry`;
const MINUTE = 60_000;
const folder = mkdtempSync(join(tmpdir(), 'tenantry-maintenance.'));
let op, ann;

before(async () => {
	op = await person('Olive Operator');
	sql(`UPDATE identity."user" SET role = 'admin' WHERE id = '${op.user.id}'`);
	ann = await owner('Ann');
});
beforeEach(() => sql('DELETE FROM ops.maintenance; DELETE FROM ops.checklist_item'));
after(() => rmSync(folder, { recursive: true }));

const tenantry = (...words) => execFileSync(TENANTRY, words, { encoding: 'utf8' });
const refused = (...words) => {
	const { status, stderr } = spawnSync(TENANTRY, words, { encoding: 'utf8' });
	assert.notEqual(status, 0, words.join(' '));
	return stderr;
};
const at = (ms) => new Date(Math.floor((Date.now() + ms) / 1000) * 1000).toISOString().replace('.000', '');
const schedule = (ms, ...more) => tenantry('maintenance', 'schedule', at(ms), '60', 'We move the data', ...more);
const read = (headers) => ask('GET', '/api/maintenance', { headers });
const status = async () => (await ask('GET', '/status/status.json')).json;

// Waits until the workers show the state. A worker caches the window for some seconds, so the workers are restarted
// by default.
async function shown(wanted, { restart = true } = {}) {
	let rs;
	if (restart)
		process.kill(Number(process.env.WORKERS), 'SIGHUP');
	await until(async () => {
		rs = await read();
		assert.equal(rs.status, 200, rs.text);
		return rs.json.window?.state === wanted;
	});
	return rs;
}

test('anyone can read the window without a session, and caches may store it', async () => {
	const starts = at(90 * MINUTE);
	tenantry('maintenance', 'schedule', starts, '60', 'We “move” <data> & more');
	const rs = await shown('planned');
	const { window, server_time } = rs.json;
	assert.equal(Date.parse(window.starts_at), Date.parse(starts));
	assert.equal(Date.parse(window.ends_at), Date.parse(starts) + 60 * MINUTE);
	assert.match(window.starts_at, /\+00:00$/);
	assert.equal(window.message, 'We “move” <data> & more');
	assert.deepEqual(Object.keys(window).sort(), ['ends_at', 'id', 'message', 'starts_at', 'state']);
	assert.ok(Math.abs(Date.parse(server_time) - Date.now()) < 10 * MINUTE);
	assert.equal(rs.headers['cache-control'], 'public, max-age=15');
	const again = await read({ 'if-none-match': rs.headers.etag });
	assert.equal(again.status, 304);
	assert.equal(again.text, '');
});

test('a worker reads the window once for many requests, and refreshes it soon', async () => {
	await shown(undefined);
	sql(`ALTER SYSTEM SET track_functions = 'all'`);
	sql('SELECT pg_reload_conf()');
	try {
		for (let i = 0; i < 200; i++)
			assert.equal((await read()).json.window, null);
		schedule(90 * MINUTE);
		await shown('planned', { restart: false });
		await shown('planned');	// the old worker reports its statistics when it ends
		await until(() => sql(`SELECT 1 FROM pg_stat_user_functions
			WHERE schemaname = 'ops' AND funcname = 'show_maintenance'`).length > 0);
		const [[calls]] = sql(`SELECT sum(calls) FROM pg_stat_user_functions
			WHERE schemaname = 'ops' AND funcname = 'show_maintenance'`);
		assert.ok(calls < 20, `${calls} statements`);
	} finally {
		sql('ALTER SYSTEM RESET track_functions');
		sql('SELECT pg_reload_conf()');
	}
});

test('a window is announced, moved and canceled, and each command may run twice', async () => {
	const starts = at(90 * MINUTE), later = at(180 * MINUTE);
	const first = tenantry('maintenance', 'schedule', starts, '60', 'Move');
	assert.match(first, /^maintenance \d+: planned, .* UTC\n$/);
	assert.equal(tenantry('maintenance', 'schedule', starts, '60', 'Move'), first);
	assert.match(refused('maintenance', 'schedule', later, '60', 'Move'), /reschedule, cancel or end it first/);
	assert.match(refused('maintenance', 'schedule', later, '60', ''), /maintenance_message_check|is planned/);
	assert.equal((await status()).state, 'planned');
	const moved = tenantry('maintenance', 'reschedule', later, '30');
	assert.equal(tenantry('maintenance', 'reschedule', later, '30'), moved);
	assert.equal(sql('SELECT revision FROM ops.maintenance')[0][0], '2');
	assert.equal((await status()).starts_at, later);
	assert.match(refused('maintenance', 'done'), /has not begun/);
	assert.match(tenantry('maintenance', 'list'), /planned .* 0 mails {2}Move/);
	assert.match(tenantry('maintenance', 'cancel'), /: cancelled/);
	assert.equal(tenantry('maintenance', 'cancel'), 'no maintenance is planned\n');
	assert.equal((await status()).state, 'cancelled');
	await shown(undefined);
	assert.deepEqual(JSON.parse(tenantry('maintenance', 'list', '--json')).map((m) => m.state), ['cancelled']);
	assert.match(refused('maintenance', 'reschedule', later, '30'), /no maintenance is planned/);
});

test('a past time, a missing time and a missing duration are refused', () => {
	assert.match(refused('maintenance', 'schedule', at(-5 * MINUTE), '60', 'x'), /in the past/);
	assert.match(refused('maintenance', 'schedule', 'soon', '60', 'x'), /invalid input syntax/);
	assert.match(refused('maintenance', 'schedule', at(MINUTE), '0', 'x'), /from 1 to 10080/);
	assert.match(refused('maintenance', 'schedule', at(MINUTE), '60', 'a\nb'), /maintenance_message_check/);
	assert.equal(tenantry('maintenance', 'list'), 'no maintenance\n');
});

test('a window starts automatically, and ends at its end or with a command', async () => {
	schedule(30 * MINUTE);
	sql(`UPDATE ops.maintenance SET starts_at = now() - interval '1 minute'`);
	await shown('running');
	assert.match(refused('maintenance', 'reschedule', at(MINUTE), '10'), /has begun/);
	assert.match(tenantry('maintenance', 'done'), /: done/);
	assert.equal((await status()).state, 'done');
	assert.equal(tenantry('maintenance', 'done'), 'no maintenance has begun\n');
	schedule(30 * MINUTE);
	sql(`UPDATE ops.maintenance SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'
		WHERE state = 'planned'`);
	await shown(undefined);
	schedule(30 * MINUTE);
	assert.deepEqual(sql('SELECT state FROM ops.maintenance ORDER BY id').map(([s]) => s), ['done', 'done', 'planned']);
});

test('a migration starts the announced window once, and may resume it', () => {
	const start = (journey) => sql(`SELECT (ops.start_maintenance('${journey}')).state`)[0][0];
	assert.equal(start('supabase'), '');
	schedule(10 * MINUTE);
	assert.equal(start('supabase'), 'running');
	assert.equal(start('supabase'), 'running');
	assert.throws(() => start('atomic-crm'), /is for something else/);
	assert.match(refused('maintenance', 'cancel'), /is running/);
	assert.equal(sql('SELECT (ops.finish_maintenance()).state')[0][0], 'done');
	schedule(60 * MINUTE);
	assert.throws(() => start('supabase'), /reschedule it/);
});

test('the status page needs no session, and shows the last window if there is no current one', async () => {
	schedule(90 * MINUTE);
	const rs = await ask('GET', '/status/');
	assert.equal(rs.status, 200);
	assert.equal(rs.headers['content-type'], 'text/html; charset=utf-8');
	assert.match(rs.headers['content-security-policy'], /^default-src 'none'; style-src 'self'/);
	assert.match(rs.text, /Planned · <span lang="fr">Prévue<\/span>/);
	assert.match(rs.text, /<p>We move the data<\/p>/);
	const bare = await ask('GET', '/status');
	assert.equal(bare.status, 302);
	assert.equal(bare.headers.location, '/status/');
	assert.equal((await ask('GET', '/status/other')).status, 404);
});

test('the preview command prints the emails', () => {
	schedule(90 * MINUTE);
	const text = tenantry('maintenance', 'preview');
	assert.match(text, /^24 hours +before {2}\d{4}-.* UTC {2}\d+ users$/m);
	for (const subject of ['Planned maintenance on', 'Maintenance moved to', /Maintenance on .* canceled/])
		assert.match(text, new RegExp(`^Subject: ${subject.source ?? subject}`, 'm'));
	assert.ok(text.includes(`${process.env.BETTER_AUTH_URL}/status/`));
	tenantry('maintenance', 'cancel');
	assert.match(refused('maintenance', 'preview'), /no maintenance is planned/);
});

const my = async (who) => (await ask('GET', '/api/whats-new', { token: who.token })).json;
const answer = (who, id, body) => ask('PUT', `/api/checklist/${id}`, { token: who.token, body });

test('the server stores which entries a user has seen', async () => {
	const other = await person();
	assert.equal((await my(ann)).seen, null);
	const rs = await ask('PUT', '/api/whats-new', { token: ann.token, body: { entry: '2026-11-23-supabase' } });
	assert.equal(rs.status, 200, rs.text);
	assert.deepEqual(rs.json, { seen: '2026-11-23-supabase' });
	assert.equal((await my(ann)).seen, '2026-11-23-supabase');
	assert.deepEqual((await ask('PUT', '/api/whats-new', { token: ann.token, body: { entry: '2026-01-01-old' } })).json,
		{ seen: '2026-11-23-supabase' });
	assert.equal((await my(other)).seen, null);
	assert.equal((await ask('GET', '/api/whats-new')).status, 401);
	assert.equal((await ask('PUT', '/api/whats-new', { token: ann.token, body: { entry: 'x'.repeat(101) } })).status, 422);
	assert.equal((await ask('PUT', '/api/whats-new', { token: ann.token, body: {} })).status, 422);
});

test('users confirm items or report problems, and operators see who did', async () => {
	const bob = await owner('Bob');
	const id = Number(tenantry('checklist', 'add', 'My contacts are complete', '--fr', 'Mes contacts sont complets').match(/\d+/));
	assert.equal(Number(tenantry('checklist', 'add', 'My contacts are complete').match(/\d+/)), id);
	assert.deepEqual((await my(ann)).checklist, [{ id, text_en: 'My contacts are complete',
		text_fr: 'Mes contacts sont complets', state: null, detail: null, answered_at: null }]);

	const first = await answer(ann, id, { state: 'verified' });
	assert.equal(first.status, 200, first.text);
	assert.equal(first.json.state, 'verified');
	assert.deepEqual((await answer(ann, id, { state: 'verified' })).json, first.json);
	assert.equal((await answer(bob, id, { state: 'problem' })).status, 422);
	assert.equal((await answer(bob, id, { state: 'perhaps' })).status, 422);
	assert.equal((await answer(bob, id, { state: 'problem', detail: 'Ten are missing' })).status, 200);
	assert.equal((await answer(bob, 0, { state: 'verified' })).status, 404);
	assert.equal((await answer(bob, 'x', { state: 'verified' })).status, 404);

	const rs = await ask('GET', '/api/operations/checklist', { token: op.token });
	assert.equal(rs.status, 200, rs.text);
	const [item] = rs.json;
	assert.deepEqual([item.verified, item.problems], [1, 1]);
	assert.deepEqual(item.answers.map((a) => [a.email, a.state, a.detail]), [
		[ann.user.email, 'verified', null], [bob.user.email, 'problem', 'Ten are missing']]);
	assert.equal(item.answers[0].organizations.length, 1);
	assert.ok(Date.parse(item.answers[0].answered_at));
	assert.equal((await ask('GET', '/api/operations/checklist', { token: ann.token })).status, 403);
	const report = tenantry('checklist', 'report');
	assert.match(report, new RegExp(`problem .* ${bob.user.email} +My contacts are complete: Ten are missing`));
	assert.equal(JSON.parse(tenantry('checklist', 'report', '--json')).length, 2);
	assert.match(tenantry('checklist', 'list'), /1 verified +1 problems {2}My contacts/);

	assert.equal((await answer(ann, id, { state: null })).json.state, null);
	assert.equal(JSON.parse(tenantry('checklist', 'report', '--json')).length, 1);
	tenantry('checklist', 'remove', String(id));
	assert.deepEqual((await my(ann)).checklist, []);
	assert.equal((await answer(ann, id, { state: 'verified' })).status, 404);
	assert.match(tenantry('checklist', 'report'), /Ten are missing/);
	assert.match(refused('checklist', 'remove', '0'), /does not exist/);
});

test('the checklist of a window is shown after the window has ended', async () => {
	const file = join(folder, 'checklist');
	writeFileSync(file, 'I can sign in\tJe peux me connecter\n\nMy deals are complete\n');
	schedule(90 * MINUTE, '--checklist', file);
	assert.deepEqual((await my(ann)).checklist, []);
	assert.match(tenantry('checklist', 'list'), /\(after maintenance \d+\) I can sign in/);
	sql(`UPDATE ops.maintenance SET starts_at = now() - interval '1 minute'`);
	tenantry('maintenance', 'done');
	assert.deepEqual((await my(ann)).checklist.map((i) => [i.text_en, i.text_fr]), [
		['I can sign in', 'Je peux me connecter'], ['My deals are complete', 'My deals are complete']]);
	assert.match(refused('maintenance', 'schedule', at(MINUTE), '10', 'x', '--checklist', '/nonexistent'), /nonexistent/);
});

test('an operator who impersonates a user cannot answer the checklist', async () => {
	const id = Number(tenantry('checklist', 'add', 'Fine?').match(/\d+/));
	const rs = await ask('POST', '/api/auth/admin/impersonate-user', { token: op.token, body: { userId: ann.user.id, reason: 'asked for help' } });
	assert.equal(rs.status, 200, rs.text);
	const acting = { token: rs.json.session.token };
	assert.equal((await answer(acting, id, { state: 'verified' })).status, 403);
	assert.equal((await my(acting)).checklist.length, 1);
});
