// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: its tenantry-jobs works for all organizations.
// The weekly email about opportunities: who receives it and when, and what it contains for each recipient. Each email
// is sent once, regardless of which process is killed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LONG, PASSWORD, ask, long, owner, query } from '../../lib/api.mjs';
import { Server, parse, sleep, sql, startJobs, stopJobs, tenantry, until } from './lib/jobs.mjs';

const PATH = '/api/opportunities/weekly_mail';
const server = new Server();
let jobs, boss, n = 0;

const good = async (method, path, who, body, headers) => {
	const rs = await ask(method, path, { token: who.token, body, headers });
	assert.ok(rs.status < 300, rs.text);
	return rs.json;
};
const refused = async (status, who, body) => {
	const rs = await ask('PUT', PATH, { token: who.token, body });
	assert.equal(rs.status, status, rs.text);
	return rs.json;
};
const founder = async (name) => {
	const who = await owner(name);
	await good('PUT', '/api/modules/b2b', who, { enabled: true });
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = '${who.user.id}'`);
	return who;
};
const member = async (of, role = 'member') => {
	const { token } = await good('POST', '/api/invites', of, { role });
	const email = `weekly${++n}.${Date.now().toString(36)}@people.test`;
	await good('POST', '/api/signup', {}, { email, password: PASSWORD, first_name: 'Max', last_name: 'Member', invite_token: token });
	const rs = await ask('POST', '/api/auth/sign-in/email', { body: { email, password: PASSWORD } });
	const who = { email, token: rs.json.token, user: rs.json.user };
	sql(`UPDATE identity."user" SET email_verified = true WHERE id = '${who.user.id}'`);
	return { ...who, me: await good('GET', '/api/me', who) };
};
// Creates a role that is limited to a team or to some fields.
const role = (who, name, permission) => good('POST', '/api/auth/organization/create-role', who, { role: name, permission });

const on = (who, body = {}, headers) => good('PUT', PATH, who, { enabled: true, ...body }, headers);
const create = (who, more) => good('POST', '/api/opportunities', who, { name: 'One', stage: 'opportunity', amount: 1000, ...more });
// Simulates the end of a week for the recipients.
const pass = () => sql(`UPDATE ops.weekly_mail_recipient SET week = week - 7, due_at = due_at - interval '7 days'`);
const due = () => Number(sql('SELECT count(*) FROM ops.weekly_mail_recipient WHERE due_at <= now()')[0][0]);
const settle = () => until(() => {
	sql('NOTIFY tenantry_periodic_tasks');
	return due() === 0;
});
const sent = () => until(() => sql(`SELECT 1 FROM ops.mail WHERE status <> 'sent'`).length === 0);
const mailsTo = async (who) => Promise.all(server.to(who.email).map(parse));
const week = async () => {
	pass();
	await settle();
	await sent();
};
// A day in the next month, which contains no rows of this month.
const now = new Date();
const ahead = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 15));
const soon = ahead.toISOString().slice(0, 10);
const month = (language) => new Intl.DateTimeFormat(language, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(ahead);

before(async () => {
	await server.start();
	boss = await founder('Weekly');
	jobs = await startJobs({ SMTP_URL: server.url() });
});
after(() => stopJobs(jobs));

test('the weekly email is due on Mondays at seven in the organization\'s time zone', async () => {
	const next = (at, zone) => sql(`SELECT w, to_char(ops.next_mail_at(w, '${zone}') AT TIME ZONE 'UTC', 'MM-DD HH24:MI')
		FROM ops.mail_week('${at}', '${zone}') w`)[0].join(' ');
	assert.equal(next('2026-03-23T05:59:59Z', 'Europe/Paris'), '2026-03-16 03-23 06:00');
	assert.equal(next('2026-03-23T06:00:00Z', 'Europe/Paris'), '2026-03-23 03-30 05:00');	// summer time
	assert.equal(next('2026-03-22T21:59:00Z', 'Pacific/Auckland'), '2026-03-23 03-29 18:00');
	assert.equal(next('2026-03-23T14:00:00Z', 'America/Los_Angeles'), '2026-03-23 03-30 14:00');
	assert.equal(next('2026-03-23T13:59:00Z', 'America/Los_Angeles'), '2026-03-16 03-23 14:00');
	const who = await founder('Zone');
	assert.deepEqual(await good('GET', PATH, who), { enabled: false, language: null, next_at: null, email_verified: true });
	const first = await on(who);
	const local = (at, timeZone) => new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(at));
	assert.equal(local(first.next_at, 'UTC'), 'Mon 07:00');
	assert.ok(new Date(first.next_at) > new Date());
	await good('PUT', '/api/configuration/1', who, { time_zone: 'Asia/Kolkata' });
	const moved = await good('GET', PATH, who);
	assert.equal(local(moved.next_at, 'Asia/Kolkata'), 'Mon 07:00');
	await good('PUT', PATH, who, { enabled: false });
	assert.deepEqual(await good('GET', PATH, who), { enabled: false, language: null, next_at: null, email_verified: true });
});

test('members who switched it on receive the numbers of the API, in their language', async () => {
	const [other, silent] = [await member(boss), await member(boss)];
	await create(boss, { amount: 12000, expected_closing_date: soon, is_committed: true });
	await create(boss, { amount: 3000, expected_closing_date: soon, currency: 'EUR', probability: 50 });
	await create(boss, { amount: 800, probability: 25 });
	const lost = await create(boss, { amount: 700 });
	await good('PATCH', `/api/opportunities/${lost.id}`, boss, { stage: 'lost', outcome_reason: 'budget' });
	const won = await create(boss, { amount: 2500, currency: 'CHF' });
	await good('PATCH', `/api/opportunities/${won.id}`, boss, { stage: 'won' });
	sql(`SELECT set_config('app.org_id', '${boss.organization}', false);
		UPDATE crm.deals SET closed_at = date_trunc('week', now() AT TIME ZONE 'UTC' - interval '7 hours') - interval '2 days' WHERE closed_at IS NOT NULL`);
	assert.equal((await on(boss)).language, 'en');
	assert.equal((await on(other, {}, { 'accept-language': 'fr-CA,en' })).language, 'fr');
	await week();
	const [mail] = await mailsTo(boss);
	assert.equal(mail.subject, 'Weekly Ltd: $2,600 + €1,500 weighted, 1 won, 1 lost');
	const lines = mail.text.split('\n');
	assert.ok(lines.includes(`${month('en')}: $12,000 (1 open), $2,400 weighted, $12,000 committed`), mail.text);
	assert.ok(lines.includes('No close date: $800 (1 open), $200 weighted'), mail.text);
	assert.ok(lines.includes('Total: $12,800 (2 open), $2,600 weighted, $12,000 committed'), mail.text);
	assert.ok(lines.includes(`${month('en')}: €3,000 (1 open), €1,500 weighted`), mail.text);
	assert.ok(lines.includes('Won: 1 (CHF\u00a02,500)'), mail.text);
	assert.ok(lines.includes('Lost: 1 ($700), no budget'), mail.text);
	assert.match(mail.text, /choose\sWeekly Ltd first:\s+\S+\/forecast$/m);
	assert.match(mail.html, /weighted, \$12,000 committed<br>/);
	const [french] = await mailsTo(other);
	assert.equal(french.subject, 'Weekly Ltd : 2\u202f600\u00a0$US + 1\u202f500\u00a0€ pondérés, 1 gagnées, 1 perdues');
	assert.ok(french.text.split('\n').includes(`${month('fr')}\u00a0: 3\u202f000\u00a0€ (1 en cours), 1\u202f500\u00a0€ pondéré`), french.text);
	assert.ok(french.text.split('\n').includes('Perdues\u00a0: 1 (700\u00a0$US), pas de budget'), french.text);
	assert.deepEqual(await mailsTo(silent), []);
	// Only one email per week is sent.
	await settle();
	assert.equal((await mailsTo(boss)).length, 1);
	// After the weekly email was switched off, the next week has none for this user.
	await good('PUT', PATH, other, { enabled: false });
	await week();
	assert.equal((await mailsTo(boss)).length, 2);
	assert.equal((await mailsTo(other)).length, 1);
});

test('if there are many reasons and currencies, only the largest have a line', () => {
	const closed = Array.from({ length: 30 }, (_, n) => ({ outcome: 'lost', reason: `Reason ${n}`, currency: 'EUR', count: 40 - n, amount: 10 }));
	const lines = (language) => sql(`SELECT crm.weekly_closed('${JSON.stringify([{ outcome: 'won', currency: 'EUR', count: 1, amount: 7 }, ...closed])}', '${language}')`)
		.map(([line]) => line);
	assert.equal(lines('en').length, 21);
	assert.equal(lines('en').at(-2), 'Lost: 22 (€10), Reason 18');
	assert.equal(lines('en').at(-1), 'Lost: 176 (€110), other reasons');
	assert.match(lines('fr').at(-1), /, autres raisons$/);
});

test('each recipient gets what their own requests show: their rows, and the pipelines of their teams', async () => {
	const who = await founder('Rows');
	await role(who, 'seller', { deals: ['read:own'] });
	await role(who, 'blind', { contacts: ['read'] });
	await role(who, 'partial', { deals: ['read'], 'deals.read': ['name', 'stage'] });
	const [seller, outside, blind, partial] = [await member(who, 'seller'), await member(who), await member(who), await member(who, 'partial')];
	const team = await good('POST', '/api/auth/organization/create-team', who, { name: 'Key' });
	const key = await good('POST', '/api/pipelines', who, { name: 'Key', team_id: team.id });
	await good('POST', '/api/pipeline_stages', who, { pipeline_id: key.id, label: 'Lead' });
	await create(who, { amount: 100, expected_closing_date: soon, sales_id: seller.me.id });
	await create(who, { amount: 10000, expected_closing_date: soon });
	const hidden = await create(who, { amount: 50000, expected_closing_date: soon });
	await good('POST', `/api/opportunities/${hidden.id}/move`, who, { pipeline_id: key.id, index: 0 });
	for (const one of [who, seller, outside, blind])
		await on(one);
	await refused(403, partial, { enabled: true });
	sql(`SELECT set_config('app.org_id', '${who.organization}', false);
		UPDATE identity.organization_member SET role = 'blind' WHERE user_id = '${blind.user.id}'`);
	await week();
	const shown = async (one) => (await mailsTo(one)).map(({ text }) => /: \$([0-9,]+) \(/.exec(text)?.[1]);
	assert.deepEqual(await shown(who), ['60,100']);
	assert.deepEqual(await shown(outside), ['10,100']);
	assert.deepEqual(await shown(seller), ['100']);
	assert.deepEqual(await shown(blind), []);
});

test('no email is sent without the module, the permission, an account, or anything to report', async () => {
	const [off, empty, gone, banned] = [await founder('Off'), await founder('Empty'), await founder('Gone'), await founder('Banned')];
	const left = await member(gone), disabled = await member(gone);
	for (const who of [off, gone, banned])
		await create(who, { expected_closing_date: soon });
	for (const who of [off, empty, gone, banned, left, disabled])
		await on(who);
	await good('PUT', '/api/modules/b2b', off, { enabled: false });
	assert.equal((await ask('GET', PATH, { token: off.token })).status, 404);
	assert.equal((await ask('PUT', PATH, { token: off.token, body: { enabled: true } })).status, 404);
	sql(`UPDATE identity."user" SET banned = true WHERE id = '${banned.user.id}';
		UPDATE identity.organization_member SET disabled = true WHERE user_id = '${disabled.user.id}'`);
	await good('POST', '/api/auth/organization/remove-member', gone, { memberIdOrEmail: left.email, organizationId: gone.organization });
	assert.deepEqual(sql(`SELECT 1 FROM ops.weekly_mail_recipient WHERE user_id = '${left.user.id}'`), []);
	await week();
	assert.equal((await mailsTo(gone)).length, 1);
	for (const who of [off, empty, banned, left, disabled])
		assert.deepEqual(await mailsTo(who), [], who.email);
	// The setting is kept. The weeks without the module are skipped.
	await good('PUT', '/api/modules/b2b', off, { enabled: true });
	await settle();
	assert.deepEqual(await mailsTo(off), []);
	await week();
	assert.equal((await mailsTo(off)).length, 1);
	const unproved = await member(gone);
	sql(`UPDATE identity."user" SET email_verified = false WHERE id = '${unproved.user.id}'`);
	assert.match((await refused(409, unproved, { enabled: true })).detail, /verify your email address/);
	await refused(422, gone, {});
	await refused(400, gone, { enabled: 'yes' });
	assert.ok((await refused(422, gone, { enabled: true, language: 'de' })).errors.language);
	const crm = await owner('Crm');
	const document = await good('GET', '/api/openapi.json', crm);
	assert.ok(!document.paths[PATH]);
	assert.ok((await good('GET', '/api/openapi.json', gone)).paths[PATH]);
});

test('an email that fails is retried later, and does not delay other emails', async () => {
	const [bad, fine] = [await founder('Bad'), await founder('Fine')];
	for (const who of [bad, fine]) {
		await create(who, { expected_closing_date: soon });
		await on(who);
	}
	sql(`UPDATE ops.weekly_mail_recipient SET due_at = due_at - interval '1 minute' WHERE user_id = '${bad.user.id}';
		CREATE FUNCTION crm.weekly_failure(language text, week date) RETURNS jsonb LANGUAGE plpgsql AS $$
			BEGIN
				ASSERT current_setting('app.org_id') <> '${bad.organization}';
				RETURN crm.weekly_opportunities(language, week);
			END $$;
		GRANT EXECUTE ON FUNCTION crm.weekly_failure(text, date) TO tenantry_app;
		UPDATE ops.weekly_mail SET source = 'crm.weekly_failure'`);
	await week();
	assert.equal((await mailsTo(fine)).length, 1);
	assert.deepEqual(await mailsTo(bad), []);
	sql(`UPDATE ops.weekly_mail SET source = 'crm.weekly_opportunities';
		DROP FUNCTION crm.weekly_failure(text, date);
		UPDATE ops.weekly_mail_recipient SET due_at = due_at - interval '1 hour' WHERE user_id = '${bad.user.id}'`);
	await settle();
	await sent();
	assert.equal((await mailsTo(bad)).length, 1);
	assert.equal((await mailsTo(fine)).length, 1);
});

long('emails that take long to create let other tasks run', async () => {
	const slow = [await founder('Slow'), await founder('Slower'), await founder('Slowest')];
	for (const who of slow) {
		await create(who, { expected_closing_date: soon });
		await on(who);
	}
	sql(`CREATE FUNCTION crm.weekly_slowness(language text, week date) RETURNS jsonb LANGUAGE plpgsql AS $$
			BEGIN
				PERFORM pg_sleep(0.7);
				RETURN crm.weekly_opportunities(language, week);
			END $$;
		GRANT EXECUTE ON FUNCTION crm.weekly_slowness(text, date) TO tenantry_app;
		UPDATE ops.weekly_mail SET source = 'crm.weekly_slowness';
		DELETE FROM ops.weekly_mail_recipient WHERE org_id NOT IN (${slow.map((who) => `'${who.organization}'`)})`);
	pass();
	const began = Date.now();
	await settle();
	// The first run creates two of the three slow emails. Then follow a pause of four times the run's duration, which
	// notifications do not shorten, and the third email.
	assert.ok(Date.now() - began > 6000, `${Date.now() - began} ms`);
	sql(`UPDATE ops.weekly_mail SET source = 'crm.weekly_opportunities'; DROP FUNCTION crm.weekly_slowness(text, date)`);
	await sent();
	for (const who of slow)
		assert.equal((await mailsTo(who)).length, 1);
});

long('two tenantry-jobs processes, one of which is killed repeatedly, write each email once', async () => {
	const MAILS = LONG ? 400 : 100;
	const who = await founder('Many');
	await create(who, { expected_closing_date: soon });
	sql(`INSERT INTO identity."user" (id, name, first_name, last_name, email, email_verified)
		SELECT 'many' || n, 'Many', 'Many', 'Many', 'many' || n || '@people.test', true FROM generate_series(1, ${MAILS}) n;
		SELECT set_config('app.org_id', '${who.organization}', false);
		INSERT INTO identity.organization_member (id, organization_id, user_id, role)
		SELECT 'many' || n, '${who.organization}', 'many' || n, 'member' FROM generate_series(1, ${MAILS}) n;
		INSERT INTO ops.weekly_mail_recipient (org_id, user_id, mail, language, week, due_at)
		SELECT '${who.organization}', 'many' || n, 'opportunities', 'en', now()::date - 14, now() - interval '1 hour'
		  FROM generate_series(1, ${MAILS}) n`);
	let kills = 0;
	await until(async () => {
		const victim = await startJobs({ SMTP_URL: '' });
		for (let i = 0; i < 3; i++)
			sql('NOTIFY tenantry_periodic_tasks');
		await sleep(kills * 7 % 60);
		victim.kill('SIGKILL');
		await victim.gone;
		kills++;
		return due() === 0;
	}, 120000);
	assert.ok(kills > 2, `${kills} kills`);
	assert.deepEqual(sql(`SELECT count(*), count(DISTINCT recipient) FROM ops.mail WHERE recipient LIKE 'many%'`), [[`${MAILS}`, `${MAILS}`]]);
	sql(`DELETE FROM identity."user" WHERE id LIKE 'many%'`);
});
