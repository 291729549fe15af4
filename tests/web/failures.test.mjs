// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// What cannot be read is not shown as if there were nothing: each panel says so, and
// reads again when it is asked to.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { demonstrator, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const refusal = (status) => (route) => route.fulfill({ status, contentType: 'application/problem+json',
	body: JSON.stringify({ type: '/problems/internal', status, message: 'Fault on our side' }) });

// Pages, the tab of which is looked at, and what each of their panels reads.
const pages = ({ contact, company, deal, webhook }) => [
	{ at: '/', reads: ['contacts/aggregate', 'deals/aggregate', 'daily_metrics', 'tasks', 'contacts', 'timeline'] },
	{ at: `/contacts/${contact}/show`, reads: ['contact_notes'] },
	{ at: `/contacts/${contact}/show`, tab: 'Timeline', reads: ['timeline'] },
	{ at: `/contacts/${contact}/show`, tab: 'History', reads: [`contacts/${contact}/history`] },
	{ at: `/companies/${company}/show`, reads: ['contacts'] },
	{ at: `/companies/${company}/show`, tab: 'Activity', reads: ['activity_log'] },
	{ at: `/deals/${deal}/show`, tab: 'Stages', reads: [`deals/${deal}/stages`] },
	{ at: '/deals', reads: ['deals'] },
	{ at: '/appointments', reads: ['appointments'] },
	{ at: '/automation_rules', reads: ['automation_rules', 'automation_runs'] },
	{ at: '/organization/tags', reads: ['tags'] },
	{ at: '/webhooks', reads: ['webhooks'] },
	{ at: `/webhooks/${webhook}`, reads: ['webhook_deliveries'] },
	{ at: '/duplicates', reads: ['merges'] },
];

// As a link within the page leads there: the page is loaded but once.
const lead = (page, at) => page.evaluate((to) => {
	history.pushState(null, '', to);
	dispatchEvent(new PopStateEvent('popstate'));
}, at);

async function fails({ page }, { at, tab, reads }) {
	const refused = (url) => reads.some((path) => url.pathname === `/api/${path}`);
	await page.route(refused, refusal(500));
	await lead(page, at);
	if (tab)
		await page.getByRole('tab', { name: tab }).click();
	const alerts = page.getByRole('alert').filter({ hasText: 'Try again' });
	await alerts.nth(reads.length - 1).waitFor();
	assert.equal(await alerts.count(), reads.length, at);
	await page.unroute(refused);
	for (let left = reads.length; left > 0; left--) {
		const read = page.waitForResponse((rs) => refused(new URL(rs.url())) && rs.ok());
		await alerts.first().getByRole('button', { name: 'Try again' }).click();
		await read;
		await alerts.nth(left - 1).waitFor({ state: 'detached' });
	}
}

test('what cannot be read is said, in its place, and read again', async () => {
	const who = await demonstrator();
	who.expect(/^500 GET /);
	const one = async (resource) => (await who.call(`/api/${resource}?range=[0,0]`))[0].id;
	const { id: webhook } = await who.call('/api/webhooks', { url: 'https://hooks.example/failures', events: ['*'] });
	await who.go('/profile');
	await who.sees('Profile');
	for (const page of pages({ contact: await one('contacts'), company: await one('companies'), deal: await one('deals'), webhook }))
		await fails(who, page);
	await who.close();
});
