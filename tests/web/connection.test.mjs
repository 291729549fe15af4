// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// A lost connection, a busy server, and switching organizations.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { demonstrator, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const row = (who, name) => who.page.getByRole('row').filter({ hasText: name });
const rename = async (who, from, to) => {
	const [{ id }] = await who.call(`/api/companies?filter={"name":"${from}"}`);
	await who.call(`/api/companies/${id}`, { name: to }, 'PATCH');
};

long('a lost connection is shown, and changes made in the meantime are loaded on reconnection', async () => {
	const one = await demonstrator(), other = await demonstrator();
	await one.go('/companies');
	await row(one, 'Brightlane Studio').waitFor();
	one.expect(/ERR_INTERNET_DISCONNECTED/);
	await one.context.setOffline(true);
	const banner = one.page.getByRole('alert').filter({ hasText: 'Connection lost' });
	await banner.waitFor();
	await one.looks('offline', { fullPage: false });
	await rename(other, 'Brightlane Studio', 'Brightlane Partners');
	await one.context.setOffline(false);
	await row(one, 'Brightlane Partners').waitFor();
	await banner.waitFor({ state: 'detached' });
	await rename(other, 'Brightlane Partners', 'Brightlane Studio');
	await row(one, 'Brightlane Studio').waitFor();
	await one.close();
	await other.close();
});

long('a busy server is shown and its requests are retried, and a refused feed is opened again', async () => {
	const one = await demonstrator(), other = await demonstrator();
	const refuse = (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' });
	one.expect(/^503 GET /);
	await one.page.route('**/api/companies?*', refuse);
	await one.page.route('**/api/changes/stream*', refuse, { times: 1 });
	const opened = one.page.waitForResponse((rs) => rs.url().includes('/stream') && rs.ok());
	await one.go('/companies');
	await one.page.getByRole('alert').filter({ hasText: 'The server is busy' }).waitFor();
	await one.page.unroute('**/api/companies?*');
	await row(one, 'Brightlane Studio').waitFor();
	await opened;
	await rename(other, 'Brightlane Studio', 'Brightlane Ltd');
	await row(one, 'Brightlane Ltd').waitFor();
	await rename(other, 'Brightlane Ltd', 'Brightlane Studio');
	await one.close();
	await other.close();
});

test('a write whose response is lost takes effect once', async () => {
	const who = await member();
	who.expect(/ERR_FAILED/);
	await who.page.route('**/api/companies', async (route) => {
		await route.fetch();
		await route.abort();
	}, { times: 1 });
	await who.go('/companies/create');
	await who.fill({ 'Name *': 'Once' });
	await who.press('Save');
	await who.page.waitForURL(/\/companies\/\d+\/show/);
	assert.deepEqual((await who.call('/api/companies')).map(({ name }) => name), ['Once']);
	await who.close();
});

long('switching organizations leaves no data of the previous organization', async () => {
	const who = await member({ organization: 'First House' });
	await who.call('/api/companies', { name: 'Only in the first' });
	await who.call('/api/auth/organization/create', { name: 'Second House', slug: `second-${process.pid}` });
	await who.call('/api/companies', { name: 'Only in the second' });
	await who.go('/companies');
	await row(who, 'Only in the second').waitFor();
	await who.page.getByPlaceholder('Search').fill('second'); // this search must not filter other lists
	await who.page.waitForURL(/second/);
	const tab = await who.context.newPage();
	await tab.goto(who.page.url());
	await tab.getByRole('button', { name: /Second House/ }).waitFor();
	await who.page.getByRole('button', { name: /Second House/ }).click();
	await who.page.getByRole('menuitem', { name: 'First House' }).click();
	await who.page.getByRole('button', { name: /First House/ }).waitFor();
	await who.go('/companies');
	await row(who, 'Only in the first').waitFor();
	await row(who, 'Only in the second').waitFor({ state: 'detached' });
	await tab.getByRole('button', { name: /First House/ }).waitFor();
	// Changes that no other tab has announced are loaded when the tab becomes visible.
	const second = (await who.call('/api/organizations')).find(({ name }) => name === 'Second House');
	await who.call('/api/auth/organization/set-active', { organizationId: second.id });
	await who.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true })));
	await who.page.getByRole('button', { name: /Second House/ }).waitFor();
	await who.page.getByRole('heading', { name: 'Dashboard', level: 1 }).waitFor();
	await who.close();
});
