// Visits every page of an organization with all modules, and of a member in the portal.
import assert from 'node:assert/strict';
import { association } from './association.mjs';

/**
 * Creates an association with all modules and one record of most kinds. Returns the owner, a portal member, the
 * resources that have pages, and the addresses from which crawl() reaches all pages.
 */
export async function everything(look) {
	const { boss, mia, profile, make } = await association(look);
	for (const module of ['b2b', 'factory'])
		await boss.call(`/api/modules/${module}`, { enabled: true }, 'PUT');
	const company = await make('companies', { name: 'Zig' });
	const contact = await make('contacts', { first_name: 'Zoé', last_name: 'Zag', company_id: company.id,
		email_jsonb: [{ email: 'zoe@zig.test', type: 'Work' }], phone_jsonb: [{ number: '+33 1 23 45 67 89', type: 'Work' }] });
	const deal = await make('deals', { name: 'Zut', stage: 'opportunity', amount: 5, company_id: company.id, contact_ids: [contact.id] });
	await make('tasks', { contact_id: contact.id, text: 'Zzz', due_date: new Date().toISOString() });
	await make('activities', { type: 'call', subject: 'Zzz', contact_id: contact.id, occurred_at: new Date().toISOString() });
	await make('contact_notes', { contact_id: contact.id, text: 'Zzz' });
	await make('deal_notes', { deal_id: deal.id, text: 'Zzz' });
	await make('appointments', { title: 'Zinnia', contact_id: contact.id, starts_at: new Date().toISOString(),
		ends_at: new Date(Date.now() + 3_600_000).toISOString(), time_zone: 'Europe/Paris' });
	await make('tags', { name: 'zen', color: '#336699' });
	await make('user_memberships', { member_id: profile.id, tier: 'Zinc', starts_on: '2026-01-01' });
	await make('user_billing_schedules', { member_id: profile.id, description: 'Zone', amount: 4000, currency: 'EUR', due_on: '2030-02-01' });
	await make('user_payments', { member_id: profile.id, description: 'Zone', amount: 4000, currency: 'EUR' });
	await make('cost_rates', { kind: 'labour', code: 'zinc', currency: 'EUR', rate: 45, valid_from: '2020-01-01' });
	await make('cost_calculations', { name: 'Zinc', inputs: { currency: 'EUR', quantity: 1, materials: [{ name: 'zinc', price: 2, quantity_per_unit: 2 }] } });
	await make('integration_configs', { name: 'Zinc', type: 'postgres' });
	const { paths } = await boss.call('/api/openapi.json');
	const resources = Object.keys(paths).map((path) => path.match(/^\/api\/(\w+)$/)?.[1]).filter((name) => name && paths[`/api/${name}`].get && paths[`/api/${name}/{id}`]);
	assert.ok(resources.length > 60);
	const begin = ['/', '/settings', ...resources.flatMap((name) => [`/${name}`, ...paths[`/api/${name}`].post ? [`/${name}/create`] : []])];
	return { boss, mia, begin };
}

// Pages that the server generates and files, neither of which are pages of the app.
const ELSEWHERE = /^\/(api|assets|problems|calendar|docs)\b|\.\w+$/;

/**
 * Visits the given pages and the pages to which they link, one page of each kind. Without `reload`, pages are opened as
 * by a link. look(PATH) examines the page. Returns the visited pages.
 */
export async function crawl(who, begin, look, { reload = false } = {}) {
	const { page } = who;
	const kind = (path) => path.replace(/\d+/g, 'N');
	const seen = new Set(begin.map(kind)), all = [...begin];
	const none = page.getByText(/^(Page introuvable|Page not found)$/).first();
	await who.go('/');
	await who.settled();
	while (all.length > 0) {
		const path = all.shift();
		if (reload)
			await who.go(path);
		else {
			// An unknown page is opened before each page, so that nothing of the previous page is found.
			await who.lead('/none');
			await none.waitFor();
			await who.lead(path);
			await none.waitFor({ state: 'detached', timeout: 5000 }).catch(() => {}); // the element may already be hidden
		}
		await who.settled();
		await look(path);
		const links = await page.locator('a[href^="/"]').evaluateAll((found) => found.map((one) => one.getAttribute('href').replace(/[?#].*/, '')));
		for (const link of links)
			if (!seen.has(kind(link)) && !ELSEWHERE.test(link)) {
				seen.add(kind(link));
				all.push(link);
			}
	}
	return [...seen];
}
