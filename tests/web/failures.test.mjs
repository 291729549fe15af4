// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it causes a failure in each panel.
// A failed request does not look like an empty list: each panel shows the error in the page's language, with a retry
// button.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { demonstrator, mockReads, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const refusal = (status) => ({ status, json: { type: '/problems/internal', status, message: 'Internal server error' } });

// The pages, the tab to open on each, and what each panel loads.
const pages = ({ contact, company, deal, webhook }) => [
	{ at: '/', look: 'failures', reads: ['contacts/aggregate', 'deals/aggregate', 'activities/aggregate', 'tasks', 'contacts', 'timeline'] },
	{ at: `/contacts/${contact}/show`, reads: ['timeline', `contacts/${contact}/history`] },
	{ at: `/companies/${company}/show`, reads: ['activity_log'] },
	{ at: `/companies/${company}/show`, tab: 'Contacts', reads: ['contacts'] },
	{ at: `/deals/${deal}/show`, tab: 'Étapes', reads: [`deals/${deal}/stages`] },
	{ at: '/deals', reads: ['deals'] },
	{ at: '/appointments', reads: ['appointments'] },
	{ at: '/automation_rules', reads: ['automation_rules', 'automation_runs'] },
	{ at: '/organization/tags', reads: ['tags'] },
	{ at: '/webhooks', reads: ['webhooks'] },
	{ at: `/webhooks/${webhook}`, reads: ['webhook_deliveries'] },
	{ at: '/duplicates', reads: ['merges'] },
];

async function fails({ page, looks, lead }, { at, tab, reads, look }, open = lead) {
	const refused = (url) => reads.some((path) => url.pathname === `/api/${path}`);
	const end = await mockReads(page, refused, refusal(500));
	await open(at);
	if (tab)
		await page.getByRole('tab', { name: tab }).click();
	const alerts = page.getByRole('alert').filter({ hasText: 'Réessayer' });
	await alerts.nth(reads.length - 1).waitFor();
	assert.equal(await alerts.count(), reads.length, at);
	assert.doesNotMatch(await alerts.first().innerText(), /Internal server error/, 'shows the message of the server');
	if (look)
		await looks(look);
	await end();
	// Panels may share reads.
	for (let left; (left = await alerts.count()) > 0;) {
		await alerts.first().getByRole('button', { name: 'Réessayer' }).click({ timeout: 5000 }).catch(() => {});
		await alerts.nth(left - 1).waitFor({ state: 'detached' });
	}
}

test('each panel shows its error in place, and loads again', async () => {
	const who = await demonstrator({ locale: 'fr-FR' });
	who.expect(/^500 GET |^409 /);
	const one = async (resource) => (await who.call(`/api/${resource}?range=[0,0]`))[0].id;
	const { id: webhook } = await who.call('/api/webhooks', { url: 'https://hooks.example/failures', events: ['*'] });
	// Nothing is shown until the organization's settings are loaded.
	await fails(who, { at: '/profile', reads: ['configuration/1'] }, who.go);
	await who.sees('Profil');
	const contact = await one('contacts');
	for (const page of pages({ contact, company: await one('companies'), deal: await one('deals'), webhook }))
		await fails(who, page);

	await who.lead(`/contacts/${contact}/show`);
	await who.page.route('**/api/contact_notes', (route) => route.fulfill({ status: 409, contentType: 'application/problem+json',
		body: JSON.stringify({ type: '/problems/conflict', title: 'Conflict', status: 409, message: 'there is one' }) }));
	await who.fill({ 'Écrire une note': 'Deux fois' });
	await who.press('Ajouter la note');
	await who.sees(/^there is one$/i);

	await mockReads(who.page, (url) => url.pathname === '/api/me', refusal(409));
	await fails(who, { at: '/', reads: ['organizations'] }, who.go);
	await who.close();
});
