// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it runs the periodic tasks of all organizations.
// The registered periodic tasks and emails of modules do nothing in organizations without the module.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { good } from '../lib/answers.mjs';
import { sql } from '../lib/database.mjs';
import { owner } from '../lib/people.mjs';

let boss, org;
const count = (from) => Number(sql(`SELECT count(*) FROM ${from}`)[0][0]);
const switchTo = (module, enabled) => good(boss.browser.put(`/api/modules/${module}`, { enabled }));

// For each module: statements that create work, and a count of the rows that the work has written.
const JOBS = {
	'membership.run_tasks': {
		prepare: async () => {
			const [{ id }] = await good(boss.browser.get('/api/user_profiles'));
			await good(boss.browser.post('/api/user_subscriptions', { member_id: id, plan: 'x', amount: 1, currency: 'EUR',
				starts_on: new Date().toISOString().slice(0, 10) }));
		},
		written: () => count(`membership.user_billing_schedules WHERE org_id = '${org}'`),
	},
	'weekly-forecast': {
		prepare: async () => {
			sql('UPDATE identity."user" SET email_verified = true WHERE id = $1', boss.id);
			await good(boss.browser.post('/api/opportunities', { name: 'x', stage: 'opportunity', amount: 5,
				expected_closing_date: new Date().toISOString().slice(0, 10) }));
			await good(boss.browser.put('/api/opportunities/weekly_mail', { enabled: true }));
		},
		again: () => sql("UPDATE ops.weekly_mail_recipient SET week = week - 7, due_at = now() - interval '1 hour' WHERE user_id = $1", boss.id),
		written: () => count(`ops.mail WHERE template = 'weekly-forecast' AND recipient = '${boss.email}'`),
	},
};

// Runs the modules' tasks and the weekly emails, as tenantry-jobs does.
function run() {
	sql("UPDATE ops.organization_turn SET due_at = now() WHERE task LIKE 'membership%' AND task <> 'membership_bill'");
	sql('SELECT ops.run_module_tasks(1000) FROM set_config(\'role\', \'tenantry_app\', false)');
	sql("SET ROLE tenantry_app; SELECT ops.send_weekly_mail(r, 'https://x.test') FROM ops.next_weekly_mail() r");
}

before(async () => {
	boss = await owner('jobs');
	org = boss.organization.id;
});

const registered = sql(`SELECT m.name, m.task FROM identity.module m WHERE m.task IS NOT NULL
	UNION ALL SELECT w.module, w.template FROM ops.weekly_mail w WHERE w.module IS NOT NULL ORDER BY 1, 2`);

test('every job of a module is tried', () => {
	assert.deepEqual(registered.map(([, job]) => job).sort(), Object.keys(JOBS).sort());
});

for (const [module, job] of registered)
	test(`${job} runs only for organizations with ${module}`, async () => {
		const { prepare, again = () => undefined, written } = JOBS[job];
		await switchTo(module, true);
		await prepare();
		await switchTo(module, false);
		again();
		run();
		assert.equal(written(), 0);
		await switchTo(module, true);
		again();
		run();
		assert.equal(written(), 1);
	});
