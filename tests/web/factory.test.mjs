// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off POSTMARK_WEBHOOK_USER=hook POSTMARK_WEBHOOK_PASSWORD=the-secret-of-the-hook POSTMARK_WEBHOOK_AUTHORIZED_IPS=127.0.0.0/8,::1 TENANTRY_INBOUND_EMAIL=crm@in.example.test
// long: days.test.mjs contains a working day of a cost engineer.
// The factory module: the cost calculator with its live result, the history of calculations, a comparison, the overview
// and integrations.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE, VISITS, member } from './lib/browser.mjs';

for (const { name, ...look } of VISITS)
	test(`costs are calculated, compared and kept (${name})`, async () => {
		const fr = name === 'phone';
		const boss = await member(look);
		await boss.call('/api/modules/factory', { enabled: true }, 'PUT');
		await boss.call('/api/cost_rates', { kind: 'labour', code: 'welder', currency: 'EUR', rate: 45, valid_from: '2020-01-01' });
		await boss.go('/cost_calculations/create');
		const fill = (id, text) => boss.page.locator(`#${id}`).fill(text);
		await fill('cost-name', 'Frame');
		await fill('cost-currency', 'EUR');
		await fill('cost-quantity', '100');
		await fill('materials-0-code', 'steel');
		await fill('materials-0-price', '2.5');
		await fill('materials-0-quantity_per_unit', '2');
		await boss.page.getByRole('button', { name: fr ? 'Ajouter une ligne: Travail' : 'Add a line: Labor' }).click();
		await fill('labour-0-code', 'welder');
		await fill('labour-0-hours_per_unit', '0.1');
		await fill('other-quantity', '1000');
		// 200 pieces at 2.50 and 10 hours at 45, and then ten times as much.
		await boss.sees(fr ? /9.500,00.€/ : '€9,500.00');
		await boss.sees(fr ? /950,00.€/ : '€950.00');
		await boss.page.mouse.move(0, 0);
		await boss.page.evaluate(() => scrollTo(0, 0));	// the bar with the title is hidden while the page is scrolled down
		await boss.page.getByRole('heading', { level: 1 }).waitFor();
		await boss.looks(`factory-calculator-${name}`);
		await boss.page.getByRole('button', { name: fr ? 'Enregistrer' : 'Save', exact: true }).click();
		await boss.sees('welder');
		await boss.page.mouse.move(0, 0);
		await boss.looks(`factory-calculation-${name}`);
		const [kept] = await boss.call('/api/cost_calculations');
		assert.deepEqual([kept.name, kept.total_cost], ['Frame', 950]);
		assert.equal(await boss.page.locator('[data-bar]').count(), 2, 'the chart of a kept calculation');
		const colors = await boss.page.locator('[data-legend]').evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
		assert.deepEqual([colors.length, new Set(colors).size], [4, 4], `${colors}`);
		// The calculation is compared with another calculation for 100 pieces, without labour.
		await boss.call('/api/cost_calculations', { name: 'Plain frame', inputs: { currency: 'EUR', quantity: 100, materials: [{ name: 'steel', price: 2.5, quantity_per_unit: 2 }] } });
		const { id: dollars } = await boss.call('/api/cost_calculations', { name: 'Of dollars', inputs: { currency: 'USD', quantity: 1,
			materials: [{ name: 'dust', price: '0.000001', quantity_per_unit: '1234.5678' }], overhead: [{ name: 'plant', percent: 12.5 }] } });
		await boss.page.reload();
		await boss.page.getByRole('tab', { name: fr ? 'Comparer' : 'Compare' }).click();
		await boss.page.locator('#compare-with').click();
		assert.equal(await boss.page.getByRole('option').count(), 1, 'of the same currency');
		await boss.page.getByRole('option', { name: /Plain frame/ }).click();
		await boss.sees(fr ? /-450,00.€ \(-47,37.%\)/ : '-€450.00 (-47.37%)');
		await boss.page.mouse.move(0, 0);
		await boss.looks(`factory-comparison-${name}`);
		await boss.go('/cost_calculations');
		await boss.sees('Frame');
		await boss.looks(`factory-history-${name}`);
		const { id } = await boss.call('/api/integration_configs', { name: 'ERP', type: 'postgres' });
		await boss.call('/api/integration_jobs', { integration_id: id, run_after: new Date(Date.now() + 86400000).toISOString() });
		await boss.go('/factory');
		await boss.sees(fr ? /1.450,00.€/ : '€1,450.00');	// the total of the month
		await boss.sees('Plain frame');
		await boss.sees(fr ? 'En attente' : 'Queued');
		await boss.looks(`factory-overview-${name}`);
		await boss.go('/integration_configs');
		await boss.sees('ERP');
		await boss.looks(`factory-integrations-${name}`);
		// With binary numbers, the differences would be CHF 0.02 and 1.00 %.
		for (const [currency, amounts, shown] of [['CHF', ['90071992547.40992', '90071992547.40993'], fr ? /0,01.CHF \(0.%\)/ : /CHF.0\.01 \(0%\)/], ['GBP', ['0.2', '0.20201'], fr ? /2,01.£GB \(1,01.%\)/ : '£2.01 (1.01%)']]) {
			const [first] = await Promise.all(amounts.map((price, n) => boss.call('/api/cost_calculations', { name: `Exact ${n}`,
				inputs: { currency, quantity: 1, materials: [{ name: 'x', price, quantity_per_unit: 1000 }] } })));
			await boss.go(`/cost_calculations/${first.id}/show`);
			await boss.page.getByRole('tab', { name: fr ? 'Comparer' : 'Compare' }).click();
			await boss.page.locator('#compare-with').click();
			await boss.page.getByRole('option', { name: /Exact 1/ }).click();
			await boss.sees(shown);
		}
		await boss.go(`/cost_calculations/${dollars}/show`);
		for (const number of fr ? [/^1.234,5678$/, '0,000001', /^12,5.%$/] : ['1,234.5678', '0.000001', '12.5%'])
			await boss.page.getByRole('cell', { name: number, exact: true }).waitFor();
		await boss.close();
	});

for (const { name, ...look } of VISITS)
	test(`a mailbox is set up, its address is shown, and a job is queued again (${name})`, async () => {
		const fr = name === 'phone';
		const boss = await member(look);
		await boss.call('/api/modules/factory', { enabled: true }, 'PUT');
		const { slug } = (await boss.call('/api/auth/organization/list'))[0];
		const { id } = await boss.call('/api/integration_configs', { name: 'Orders by mail', type: 'email_in', status: 'active', settings: { attempts: 1 } });
		await boss.go(`/integration_configs/${id}/show`);
		await boss.page.getByRole('tab', { name: fr ? 'Connexion' : 'Connection' }).click();
		assert.equal(await boss.page.locator('#secret-name').count(), 0, 'mail has no secrets');
		const show = () => boss.press(fr ? 'Afficher l’adresse' : 'Show the address');
		await show();
		await boss.sees('the setting mailbox is required');
		const save = () => boss.press(fr ? 'Enregistrer' : 'Save');
		await boss.page.locator('#mail-mailbox').fill('Orders');
		boss.expect(/^422 PATCH /);
		await save();
		await boss.sees(fr ? /La boîte doit être un mot/ : /Mailbox must be a word/);
		await boss.page.locator('#mail-mailbox').fill('orders');
		await boss.page.locator('#mail-attachment').fill('*.csv');
		assert.deepEqual(JSON.parse(await boss.page.locator('#integration-settings').inputValue()), { attempts: 1, mailbox: 'orders', attachment: '*.csv' });
		await boss.page.locator('#mail-attachment').fill('');
		await save();
		await boss.settled();
		assert.deepEqual((await boss.call(`/api/integration_configs/${id}`)).settings, { attempts: 1, mailbox: 'orders' });
		await show();
		await boss.sees(`crm+${slug}+orders@in.example.test`);
		await boss.page.getByRole('button', { name: fr ? 'Copier' : 'Copy', exact: true }).waitFor();
		await boss.page.mouse.move(0, 0);
		await boss.page.evaluate(() => scrollTo(0, 0));
		await boss.page.getByRole('heading', { level: 1 }).waitFor();
		await boss.looks(`factory-mailbox-${name}`);
		// An email creates a job, which fails permanently without a mapping.
		const { email } = await boss.call('/api/me');
		const rs = await fetch(`${BASE}/api/inbound/mail`, { method: 'POST', headers: { authorization: `Basic ${btoa('hook:the-secret-of-the-hook')}`, 'content-type': 'message/rfc822' },
			body: `From: ${email}\r\nTo: crm+${slug}+orders@in.example.test\r\nSubject: Order 7\r\nMessage-ID: <${id}@x.example>\r\n\r\nTen pieces\r\n` });
		assert.equal(rs.status, 200, await rs.text());
		const [{ id: job }] = (await boss.call('/api/integration_jobs')).filter(({ kind }) => kind === 'run');
		const givenUp = async (times) => {
			while ((await boss.call(`/api/integration_jobs/${job}`)).log.filter(({ message }) => message.startsWith('given up')).length < times)
				await boss.page.waitForTimeout(200);
		};
		await givenUp(1);
		await boss.go(`/integration_jobs/${job}/show`);
		await boss.sees(`${email}, Order 7`);
		await boss.sees('the job has no mapping');
		await boss.page.mouse.move(0, 0);
		await boss.page.evaluate(() => scrollTo(0, 0));
		await boss.page.getByRole('heading', { level: 1 }).waitFor();
		await boss.looks(`factory-mail-job-${name}`);
		await boss.press(fr ? 'Remettre en attente' : 'Queue again');
		await givenUp(2);
		await boss.close();
	});

test('a calculation is started from the list, shows errors at their lines, and is copied or gets a new version', async () => {
	const boss = await member({ width: 1440 }), { page } = boss;
	await boss.call('/api/modules/factory', { enabled: true }, 'PUT');
	await boss.call('/api/cost_rates', { kind: 'materials', code: 'steel', currency: 'EUR', rate: 2.5, valid_from: '2020-01-01' });
	await boss.call('/api/cost_rates', { kind: 'materials', code: 'stainless', currency: 'EUR', rate: 9, valid_from: '2020-01-01', valid_to: '2020-12-31' });
	await boss.call('/api/cost_rates', { kind: 'materials', code: 'stone', currency: 'CHF', rate: 7, valid_from: '2020-01-01' });
	boss.expect(/^422 POST \/api\/cost_calculations\/preview/);
	await boss.go('/');
	await boss.press('More');
	await page.getByRole('menuitem', { name: 'Cost calculations' }).click();
	await page.getByRole('button', { name: 'New calculation' }).first().click();
	await page.waitForURL('**/cost_calculations/create');
	await page.locator('#cost-name:focus').waitFor();
	await page.keyboard.type('Frame');
	await page.locator('#cost-currency').fill('EUR');
	await page.locator('#cost-quantity').fill('10');
	await page.locator('#materials-0-code').pressSequentially('st');
	const options = page.getByRole('option');
	await options.filter({ hasText: 'steel' }).filter({ hasText: '2.5' }).waitFor();
	assert.deepEqual((await options.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ')), ['steel 2.5', 'stone 7 CHF'], 'with a rate of today');
	assert.ok(await options.filter({ hasText: 'stone' }).isDisabled(), 'its rate is in another currency');
	await page.keyboard.press('Escape');
	await page.locator('#materials-0-code').fill('NOPE');
	await page.locator('#materials-0-quantity_per_unit').fill('2');
	await page.getByRole('button', { name: 'Add a line: Labor' }).click();
	await page.locator('#labour-0-code').fill('welder');
	await page.locator('#labour-0-rate').fill('45');
	await page.locator('#labour-0-hours_per_unit').fill('x');
	await page.locator('#labour-0-hours_per_unit-helper-text, #materials-0-code-helper-text').first().waitFor();
	await page.locator('#labour-0-hours_per_unit').fill('0.1');
	await page.locator('#materials-0-code-helper-text').filter({ hasText: /^Has no rate: NOPE$/ }).waitFor();
	assert.equal(await page.getByText('materials[0]').count(), 0);
	await page.locator('#materials-0-code').fill('ste');
	await options.filter({ hasText: 'steel' }).click();
	await boss.sees('€95.00');	// 20 pieces at 2.50 and an hour at 45
	const result = await page.getByRole('heading', { name: 'Result' }).boundingBox();
	assert.ok(result.y < 400, 'the result stands beside the lines');
	await boss.press('Save');
	await page.getByRole('link', { name: 'New version' }).click();
	assert.equal(await page.locator('#cost-name').inputValue(), 'Frame (2)');
	await page.locator('#cost-quantity').fill('20');
	await boss.sees('€190.00');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Control+Enter');
	await page.waitForURL('**/show');
	assert.equal((await boss.call('/api/cost_calculations')).length, 2, 'Enter does not save');
	await page.getByRole('link', { name: 'Copy' }).click();
	assert.equal(await page.locator('#cost-name').inputValue(), '');
	assert.equal(await page.locator('#materials-0-code').inputValue(), 'steel');
	// The drawer, which the key c opens, leads to the page for a new calculation.
	await boss.go('/contacts');
	await boss.sees('No contacts yet');
	await page.keyboard.press('c');
	await page.getByRole('dialog').getByRole('combobox', { name: 'Other type of record' }).fill('Cost calc');
	await page.getByRole('option', { name: 'Cost calculation' }).click();
	await page.waitForURL('**/cost_calculations/create');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	const all = await boss.call('/api/cost_calculations?sort=["id","ASC"]');
	assert.deepEqual(all.map(({ name, total_cost }) => [name, total_cost]), [['Frame', 95], ['Frame (2)', 190]]);
	await boss.close();
});

test('an overview without calculations leads to the page for the first calculation', async () => {
	const boss = await member();
	await boss.call('/api/modules/factory', { enabled: true }, 'PUT');
	await boss.go('/factory');
	await boss.sees('No calculations yet');
	const main = boss.page.getByRole('main');
	assert.equal(await main.getByText(/yet$/).count(), 1, await main.innerText());
	assert.deepEqual(await main.getByRole('heading', { level: 2 }).allInnerTexts(), []);
	await boss.looks('factory-empty');
	await main.getByRole('button', { name: 'New calculation' }).click();
	await boss.page.waitForURL('**/cost_calculations/create');
	await boss.page.getByRole('heading', { level: 1, name: 'New calculation' }).waitFor();
	// If there are calculations, the button is above the latest calculations.
	await boss.call('/api/cost_calculations', { name: 'Frame', inputs: { currency: 'EUR', quantity: 1, materials: [{ name: 'steel', price: 2, quantity_per_unit: 1 }] } });
	await boss.go('/factory');
	await boss.sees('Frame');
	await main.getByRole('region', { name: 'Latest calculations' }).getByRole('button', { name: 'New calculation' }).click();
	await boss.page.waitForURL('**/cost_calculations/create');
	await boss.close();
});
