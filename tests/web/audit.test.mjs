// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: system/audit.sh tests the log, and days.test.mjs its page.
// The organization's audit log: changes with their users, and the integrity check.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { PASSWORD, VISITS, api, member, visitor } from './lib/browser.mjs';

// A row is sealed as soon as no older transaction is running on the server.
const seal = async (who) => {
	do
		execFileSync(`${process.env.BUILD}/tenantry`, ['audit', 'seal']);
	while ((await who.call('/api/audit_log/verify')).unsealed);
};
const sql = (text) => execFileSync('psql', ['-XqAtc', text], { encoding: 'utf8' });
const words = {
	'en-GB': { what: 'Details: Contact · Grace Hopper', first: 'Tag · sea', more: 'and 1 more change', both: 'Details: Tag · sea', kind: 'Type', who: 'User', changed: 'Deal note', empty: 'No matching changes', verify: 'Verify now', whole: /sealed entr(y is|ies are) unchanged/ },
	'fr-FR': { what: 'Détails: Contact · Grace Hopper', first: 'Étiquette · sea', more: 'et 1 autre modification', both: 'Détails: Étiquette · sea', kind: 'Type', who: 'Utilisateur', changed: 'Note d’affaire', empty: 'Aucune modification correspondante', verify: 'Vérifier maintenant', whole: /entrées? scellées? inchangées?/ },
};

for (const { name, ...look } of VISITS)
	test(`the log shows who changed what, and that it is intact (${name})`, async () => {
		const said = words[look.locale];
		const who = await member(look);
		const navy = await who.call('/api/companies', { name: 'Navy' });
		const { id } = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral', company_id: navy.id });
		await who.call(`/api/contacts/${id}`, { title: 'Rear admiral' }, 'PATCH');
		// Two rows that one request writes form one entry.
		await who.call('/api/batch', { operations: [{ method: 'POST', resource: 'tags', data: { name: 'sea', color: '#abc' } },
			{ method: 'POST', resource: 'companies', data: { name: 'Harbour' } }] });
		const tag = await who.call('/api/tags', { name: 'navy', color: '#abc' });
		await who.call(`/api/tags/${tag.id}`, undefined, 'DELETE');
		const hook = await who.call('/api/webhooks', { url: 'https://hooks.example/crm', events: ['tags.create'] });
		await who.call(`/api/webhooks/${hook.id}`, { events: ['tags.delete'] }, 'PATCH');
		await seal(who);
		await who.go('/audit');
		// A change is shown with the name of the record, even if the change does not affect the name.
		await who.page.getByRole('button', { name: said.what }).nth(1).waitFor();
		await who.page.getByRole('button', { name: /: Webhook · https:/ }).nth(1).waitFor();
		await who.page.getByRole('button', { name: said.what }).last().click();
		await who.sees('Admiral');
		await who.page.getByRole('definition').filter({ hasText: /^Navy$/ }).waitFor(); // the label of the value
		await who.page.getByRole('listitem').filter({ hasText: said.first }).filter({ hasText: said.more }).waitFor();
		assert.equal(await who.page.getByText('Harbour').count(), 0);
		await who.page.getByRole('button', { name: said.both }).click();
		await who.page.getByText('Harbour').first().waitFor();
		await who.press(said.verify);
		await who.sees(said.whole);
		await who.looks(`audit-${name}`);
		await who.page.getByLabel(said.kind, { exact: true }).click();
		await who.page.getByRole('option', { name: said.changed, exact: true }).click();
		await who.sees(said.empty);
		assert.match(who.page.url(), /kind=deal_notes/);
		await who.page.getByRole('combobox', { name: said.who, exact: true }).fill('love');
		await who.page.getByRole('option', { name: 'Ada Lovelace' }).click();
		await who.page.waitForURL(/who=\d/);
		await who.looks(`audit-empty-${name}`);
		await who.close();
	});

test('"Show more" adds each older entry once', async () => {
	const who = await member();
	// The entries of a transaction have the same time and are shown as one action, even though pages of 50 entries
	// split them.
	for (let n = 0; n < 3; n++)
		sql(`BEGIN; SELECT set_config('app.org_id', id::text, true) FROM identity.organization ORDER BY created_at DESC LIMIT 1;
			INSERT INTO crm.tags (org_id, name, color) SELECT ops.org(), 'bulk ${n} ' || n, '#abc' FROM generate_series(1, 60) n; COMMIT`);
	await who.go('/audit');
	const older = who.page.getByRole('button', { name: 'Show more', exact: true });
	for (await older.waitFor(); await older.count() > 0;)
		await older.click({ timeout: 5000 }).catch(() => {}); // the button disappears after the last page
	const actions = who.page.getByRole('listitem').filter({ hasText: 'Tag · bulk' });
	await actions.nth(2).waitFor();
	assert.deepEqual((await actions.allInnerTexts()).map((text) => /and (\d+) more/.exec(text)?.[1]), ['59', '59', '59']);
	await who.close();
});

test('the ID of a request, which errors and logs name, finds its changes', async () => {
	const who = await member();
	await who.call('/api/tags', { name: 'other', color: '#abc' });
	const { id } = await who.call('/api/tags', { name: 'wanted', color: '#abc' });
	const [{ request_id }] = await who.call(`/api/audit_log?filter=${encodeURIComponent(JSON.stringify({ resource: 'tags', row_id: String(id) }))}`);
	await who.go('/audit');
	await who.page.getByRole('listitem').filter({ hasText: 'Tag · other' }).waitFor();
	await who.page.getByLabel('Request ID').fill(` ${request_id} `);
	await who.page.getByRole('listitem').filter({ hasText: 'Tag · other' }).waitFor({ state: 'detached' });
	await who.page.getByRole('listitem').filter({ hasText: 'Tag · wanted' }).waitFor();
	await who.page.getByLabel('Request ID').fill('unknown');
	await who.sees('No matching changes');
	await who.close();
});

test('entries of a migrated system are shown with their own actions', async () => {
	const who = await member();
	sql(`INSERT INTO ops.imported_audit_log (org_id, source_table, source_id, id, at, action, object, object_id, address, data)
		SELECT id, 'public.system_audit_logs', '1', ops.imported_audit_id('2025-02-03', '1'), '2025-02-03', 'EXPORT', 'payout_management',
			'x', '198.51.100.7', '{"note": "quarterly payout"}' FROM identity.organization ORDER BY created_at DESC LIMIT 1`);
	await who.go('/audit');
	await who.sees(/EXPORT · .*198\.51\.100\.7/);
	await who.page.getByRole('button', { name: 'Details: payout management' }).click();
	await who.sees('quarterly payout');
	await who.looks('audit-migrated');
	await who.close();
});

test('a row that was tampered with is named', async () => {
	const who = await member();
	const { id } = await who.call('/api/tags', { name: 'before', color: '#abc' });
	await seal(who);
	sql(`SET session_replication_role = replica; UPDATE ops.audit_log SET user_id = 'nobody' WHERE row_id = '${id}'`);
	await who.go('/audit');
	await who.press('Verify now');
	await who.sees(/^Entry \d+ was changed\.$/);
	await who.looks('audit-broken');
	await who.close();
});

test('leaving the page stops the check of a long log', async () => {
	const who = await member();
	let asked = 0;
	await who.page.route('**/api/audit_log/verify*', (route) => route.fulfill({ json:
		{ seals: 1, rows: 1, detached: 0, faults: [], next: ++asked, unsealed: null, head: null } }));
	await who.go('/audit');
	const third = who.page.waitForResponse(/verify\?after=3/);
	await who.press('Verify now');
	await third;
	await who.page.getByRole('menuitem', { name: 'Back to work' }).click();
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	await who.settled();
	const then = asked;
	await who.settled();
	assert.equal(asked, then);
	await who.close();
});

test('a member who is neither owner nor admin sees no link and is refused', async () => {
	const boss = await member(), who = await visitor();
	const { token } = await boss.call('/api/invites', { role: 'member' });
	const email = `clerk.${process.pid}@example.test`;
	await api(who.context, '/api/signup', { email, password: PASSWORD, first_name: 'Max', last_name: 'Clerk', invite_token: token });
	await api(who.context, '/api/auth/sign-in/email', { email, password: PASSWORD });
	await who.go('/');
	await who.page.getByRole('menuitem', { name: 'Settings' }).click();
	await who.page.getByRole('menuitem', { name: 'Trash' }).waitFor();
	assert.equal(await who.page.getByRole('menuitem', { name: 'Audit log' }).count(), 0);
	who.expect(/^422 GET \/api\/audit_log/);
	await who.go('/audit');
	await who.page.getByRole('alert').waitFor();
	await boss.close();
	await who.close();
});
