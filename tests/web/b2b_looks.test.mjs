// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it checks the look of each page of the module.
// The look of the b2b module's pages with demo data, in each language at the width that the other tests omit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OTHER_VISITS, demonstrator, seed } from './lib/browser.mjs';

seed('b2b');

for (const { name, ...look } of OTHER_VISITS)
	test(`the pages match their screenshots (${name})`, async () => {
		const who = await demonstrator(look), fr = look.locale === 'fr-FR';
		const first = async (resource, filter = {}) => (await who.call(`/api/${resource}?range=[0,0]&filter=${encodeURIComponent(JSON.stringify(filter))}`))[0];
		const [deal, product, list, terms] = [await first('opportunities', { 'items_total@gt': 0 }), await first('products'), await first('price_lists'),
			await first('distributor_terms')];
		const { contact_id } = await first('contact_organizations');
		for (const type of ['demo', 'sample', 'event', 'visit'])
			await who.call('/api/activities', { type, subject: `About a ${type}`, contact_id, occurred_at: new Date().toISOString() });
		const pages = {
			board: ['/deals', deal.name], 'deals-table': ['/deals?as=table', fr ? /Pondéré/ : /Weighted:/],
			deal: [`/deals/${deal.id}/show`, deal.name], 'deal-stages': [`/deals/${deal.id}/show?tab=stages`, deal.name],
			products: ['/products', product.name], product: [`/products/${product.id}/show`, product.sku],
			'price-list': [`/price_lists/${list.id}/show`, list.name], terms: ['/distributor_terms', `${terms.commission_rate}`.replace('.', fr ? ',' : '.')],
			company: [`/companies/${terms.principal_id}/show`, fr ? 'Profil B2B' : 'B2B profile'], principals: ['/principals', 'Commissions'],
			contact: [`/contacts/${contact_id}/show`, fr ? /^Échantillon · / : /^Sample · /],
			forecast: ['/forecast', fr ? 'Message hebdomadaire' : 'Weekly email'], pipelines: ['/pipelines', 'Pipelines'],
		};
		for (const [page, [path, text]] of Object.entries(pages)) {
			await who.go(path);
			await who.sees(text);
			await who.page.evaluate(() => scrollTo(0, 0));	// the bar with the title is hidden while the page is scrolled down
			await who.page.getByRole('heading', { level: 1 }).waitFor();
			await who.looks(`b2b-${page}-${name}`);
			if (page === 'principals' && look.width > 600)
				assert.deepEqual(await who.page.locator('[role=group]:has(table)').evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)), [],
					'no column is cut off');
		}
		await who.go(`/contacts/${contact_id}/show`);
		await who.sees('About a visit');
		assert.match(await who.page.getByRole('tabpanel').innerText(), fr ? /Visite · [^]*Événement · [^]*Échantillon · [^]*Démonstration · /
			: /Visit · [^]*Event · [^]*Sample · [^]*Demo · /);
		await who.close();
	});
