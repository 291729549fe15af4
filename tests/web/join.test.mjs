// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Visitors join an organization. The staff session policy takes effect.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { long } from '../lib/api.mjs';
import { BASE, PASSWORD, VISITS, member, visitor } from './lib/browser.mjs';
import { lastMail } from '../lib/mail.mjs';

const sql = (text) => execFileSync('psql', ['-XqAtc', text], { encoding: 'utf8' }).trim();
let boss, slug;

async function opened() {
	boss ??= await member({ organization: 'Rowing Club' });
	await boss.call('/api/modules/membership', { enabled: true }, 'PUT');
	await boss.call('/api/signup_policy', { enabled: true, tiers: ['gold', 'silver'] }, 'PUT');
	slug ??= (await boss.call('/api/auth/organization/list')).find(({ name }) => name === 'Rowing Club').slug;
}

for (const { name, ...look } of VISITS)
	test(`a visitor joins, continues from the emailed link, and is a member (${name})`, async () => {
		await opened();
		const email = `joins-${name}-${process.pid}@example.test`;
		const who = await visitor(look);
		const enter = (id, text) => who.page.locator(`#${id}`).fill(text);
		const submit = () => who.page.locator('button[type=submit]').click();
		await who.go(`/join/${slug}`);
		await who.page.locator('#email').waitFor();
		await who.looks(`join-${name}`);
		await enter('email', email);
		await submit();
		await who.page.locator('#last_name').waitFor();
		await who.looks(`join-details-${name}`);
		await who.page.locator('#tier').click();
		await who.page.getByRole('option', { name: 'silver' }).click();
		await enter('first_name', 'Vera');
		await enter('last_name', 'Visitor');
		await submit();
		await who.page.locator('#code').waitFor();
		await who.looks(`join-code-${name}`);
		// The link opens in a different browser, which shows none of the data that was entered.
		const { code, url } = lastMail(email, 'signup-code').data;
		const later = await visitor(look);
		await later.page.goto(url);
		await later.looks(`join-link-${name}`);
		await later.page.locator('button[type=submit]').click();
		assert.equal(await later.page.locator('#last_name').inputValue(), '');
		await later.page.locator('#tier').click();
		await later.page.getByRole('option', { name: 'silver' }).click();
		await later.page.locator('#last_name').fill('Visitor');
		await later.page.locator('button[type=submit]').click();
		// The first browser can no longer verify the code.
		who.expect(/^404 POST \/api\/signup_sessions\/verify/);
		await enter('code', code);
		await submit();
		await who.page.getByRole('alert').waitFor();
		await who.close();
		await later.page.locator('#password').fill(PASSWORD);
		await later.looks(`join-password-${name}`);
		await later.page.locator('button[type=submit]').click();
		await later.page.waitForURL(`${BASE}/`);
		assert.equal(sql(`SELECT m.role FROM identity.organization_member m JOIN identity."user" u ON u.id = m.user_id WHERE u.email = '${email}'`), 'portal');
		await later.context.close();
	});

long('the page of an organization that cannot be joined says so', async () => {
	const who = await visitor();
	who.expect(/^404 GET \/api\/signup_sessions\/offer/);
	await who.go('/join/nobody');
	await who.sees('New members can’t join here at the moment.');
	await who.close();
});

for (const { name, ...look } of VISITS)
	long(`an administrator allows visitors to join, and stops this again (${name})`, async () => {
		const who = await member({ organization: `Sailing ${name}`, ...look });
		const fr = look.locale.startsWith('fr');
		const panel = who.page.getByRole('region', { name: fr ? 'Inscription des membres' : 'Member sign-up' });
		await who.go('/organization');
		await who.page.getByLabel(fr ? 'Minutes après la connexion' : 'Minutes after sign-in').waitFor();
		assert.equal(await panel.count(), 0, 'an organization without the module has no such panel');
		await who.call('/api/modules/membership', { enabled: true }, 'PUT');
		await who.go('/organization');
		const tiers = panel.locator('#tiers');
		const save = () => panel.locator('button[type=submit]').click();
		const [enabled, activates] = [0, 1].map((n) => panel.getByRole('switch').nth(n));
		await tiers.waitFor();
		assert.equal(await enabled.isChecked(), false);
		// The server's error is shown beside the field, and nothing is stored.
		who.expect(/^422 PUT \/api\/signup_policy/);
		await enabled.check();
		await save();
		await panel.getByText(/must have at least one tier|doit avoir au moins une formule/i).waitFor();
		assert.equal(await tiers.getAttribute('aria-invalid'), 'true');
		assert.deepEqual(await who.call('/api/signup_policy'), { enabled: false, tiers: [], activates: false });
		await tiers.fill('gold\n  silver \n\n');
		await activates.check();
		await save();
		const { slug } = (await who.call('/api/auth/organization/list')).find((one) => one.name === `Sailing ${name}`);
		await panel.getByText(`${BASE}/join/${slug}`, { exact: true }).waitFor();
		// The bar with the title is hidden while the page is scrolled down.
		await who.page.evaluate(() => window.scrollTo(0, 0));
		await who.page.getByRole('heading', { level: 1 }).waitFor();
		await who.looks(`signup-policy-${name}`);
		assert.deepEqual(await who.call('/api/signup_policy'), { enabled: true, tiers: ['gold', 'silver'], activates: true });
		const guest = await visitor();
		await guest.go(`/join/${slug}`);
		await guest.page.locator('#email').waitFor();
		await enabled.uncheck();
		await save();
		await panel.getByText(fr ? 'Personne ne peut adhérer en ce moment.' : 'Sign-up is closed.').waitFor();
		assert.equal((await who.call('/api/signup_policy')).enabled, false);
		guest.expect(/^404 GET \/api\/signup_sessions\/offer/);
		await guest.go(`/join/${slug}`);
		await guest.sees('New members can’t join here at the moment.');
		await guest.close();
		await who.close();
	});

long('a staff policy is set, requires a second factor, and ends sessions', async () => {
	const who = await member({ organization: 'Strict Ltd' });
	await who.go('/organization');
	await who.page.getByLabel('Minutes after sign-in').fill('60');
	await who.page.locator('form').filter({ has: who.page.getByLabel('Minutes after sign-in') }).getByRole('button', { name: 'Save' }).click();
	await who.sees(/^Saved$/);
	assert.equal((await who.call('/api/staff_policy')).max_minutes, 60);
	sql(`UPDATE identity.organization SET staff_second_factor = true WHERE name = 'Strict Ltd'`);
	who.expect(/^403 /);
	await who.go('/');
	await who.sees('Your organization requires two-factor authentication.');
	await who.page.getByRole('button', { name: 'Turn on' }).waitFor();
	await who.looks('staff-second-factor');
	sql(`UPDATE identity.organization SET staff_second_factor = false WHERE name = 'Strict Ltd'`);
	sql(`UPDATE identity.session SET created_at = now() - interval '2 hours' WHERE user_id = (SELECT id FROM identity."user" WHERE email = '${who.email}')`);
	who.expect(/^401 /);
	await who.go('/contacts');
	await who.page.waitForURL(/\/sign-in\?/);
	await who.sees('Your organization ends staff sessions earlier. Sign in again.');
	await who.close();
});
