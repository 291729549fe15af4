// Fills in the required fields of a form as a person would, by mouse or by keyboard.
import assert from 'node:assert/strict';

// The text to type into a field, by field or by resource and field. The label is typed into all other fields.
const TYPED = {
	amount: '12', bic: 'NDEAFIHH', color: '#336699', country: 'FI', currency: 'EUR', due_in_days: '3', iban: 'FI2112345600000785', identifier: '123-45-6789',
	kind: 'W-9', last4: '4242', name: 'name_1', price: '3', quantity: '2', rate: '4', resource: 'contacts', row_id: '1', token: 'tok_123456', year: '2025',
	value: 'mia@example.test', 'integration_jobs.schedule': '0 3 * * *',
};

const CONTROLS = 'input:not([type=hidden]):not([aria-hidden=true]), textarea:not([aria-hidden=true]), [role=combobox]:not(input)';

/** Returns the controls of a form: their names, their types, and whether they are required or have a value. */
const controls = (form) => form.locator(CONTROLS).evaluateAll((all) => all.map((one, n) => {
	const hidden = one.matches('input') ? one : one.parentElement.querySelector('input');
	const label = one.labels?.[0] ?? document.getElementById(one.getAttribute('aria-labelledby')?.split(' ')[0]);
	const text = label?.innerText ?? '';
	return { n, name: (one.name || hidden?.name) ?? '', label: text.replace(/\s*\*$/, ''), required: one.required || /\*$/.test(text), full: one.maxLength > 0 && one.value.length >= one.maxLength,
		value: one.type === 'checkbox' ? 'a switch has one' : (one.value ?? hidden?.value ?? ''), type: one.inputMode === 'decimal' ? 'number' : (one.type ?? ''),
		kind: one.getAttribute('role') === 'combobox' ? (one.matches('input') ? 'picker' : 'select') : one.type,
		writable: !one.disabled && !one.readOnly && one.checkVisibility() };
}));

/** Actions on a page, by mouse or only by keyboard. */
export const HANDS = {
	mouse: {
		reach: (page, one) => one.click(),
		press: (page, button) => button.click(),
	},
	keyboard: {
		// Presses Tab until the control has the focus. Fails if Tab does not reach the control.
		async reach(page, one) {
			for (let n = 0; n < 150; n++) {
				if (await one.evaluate((it) => it === document.activeElement))
					return;
				await page.keyboard.press('Tab');
			}
			assert.fail(`the key Tab does not reach ${await one.evaluate((it) => it.outerHTML.slice(0, 200))}\n${page.url()} ${await page.innerText('body')}`);
		},
		async press(page, button) {
			await HANDS.keyboard.reach(page, button);
			await page.keyboard.press('Enter');
		},
	},
};

// Chooses the first option of a list that does not create a record. Returns false if there is none.
async function choose(page, hand, field, one) {
	await hand.reach(page, one);
	const list = page.getByRole('listbox');
	if (!await list.isVisible())
		await page.keyboard.press(field.kind === 'select' ? 'Enter' : 'ArrowDown');
	const option = list.getByRole('option').filter({ hasText: /\S/, hasNotText: /^(Create|Créer) / })[field.name === 'distributor_id' ? 'last' : 'first']();
	await option.or(page.getByText(/^(No options|Aucune option)$/)).first().waitFor();
	if (!await option.isVisible()) {
		await page.keyboard.press('Escape');
		return false;
	}
	if (hand === HANDS.mouse)
		await option.click();
	else {
		for (let n = 0; n < 20; n++) {
			if (await option.evaluate((it, input) => input.getAttribute('aria-activedescendant') === it.id || it === document.activeElement, await one.elementHandle()))
				break;
			await page.keyboard.press('ArrowDown');
			await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
		}
		await page.keyboard.press('Enter');
	}
	await list.waitFor({ state: 'detached' });
	return true;
}

const DATES = { date: ['2030-01-01', '01012030'], 'datetime-local': ['2030-01-01T10:00', '010120301000AM'] };

/** Types into a field. The typed date is always the same. */
export async function enter(page, hand, field, one, text) {
	await hand.reach(page, one);
	const [day, typed] = DATES[field.type] ?? [];
	if (day && hand === HANDS.mouse)
		await one.fill(day);
	else {
		if (field.value)
			await page.keyboard.press('End');
		await page.keyboard.type(typed ?? text);
	}
}

/** Returns the text that is typed into a field. */
export const typed = (resource, { name, label, type }) => TYPED[`${resource}.${name}`] ?? TYPED[name.split('.').at(-1)] ?? (type === 'number' ? '5' : `${label} 1`);

/** Fills in the required fields and the given fields. Returns the name of a field that has no choices. */
export async function fillIn(page, form, resource, hand, also = []) {
	for (const done = new Set();;) {
		const field = (await controls(form)).find((one) => one.writable && !one.value && !done.has(one.name) && (one.required || also.includes(one.name)));
		if (!field)
			return undefined;
		done.add(field.name);
		const one = control(form, field);
		if (['picker', 'select'].includes(field.kind)) {
			if (!await choose(page, hand, field, one))
				return field.name;
		} else
			await enter(page, hand, field, one, typed(resource, field));
	}
}

export const control = (form, { n }) => form.locator(CONTROLS).nth(n);

/** Returns the writable fields of a form. */
export const fieldsOf = async (form) => (await controls(form)).filter((one) => one.writable && one.label);
