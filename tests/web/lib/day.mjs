// The working day of a user, who starts from the menu and uses clicks and keys but types no addresses. The clicks, keys
// and seconds are counted.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { picture, within } from './browser.mjs';

const LONGEST = 120; // maximum number of seconds for a job on a busy machine

// Takes screenshots of the page at the end of a job, on a wide and a narrow screen.
async function pictures(page, name) {
	for (const [width, height] of [[1440, 900], [390, 844], [1440, 800]]) {
		await page.setViewportSize({ width, height });
		await page.waitForTimeout(500);
		if (height !== 800)
			await picture(page, `${name}-${width}`, {});
	}
}

/**
 * Runs the jobs of a day one after another. Each job begins on the front page, and must not need more than the given
 * number of interactions in addition to typing.
 */
export async function day(t, who, name, jobs) {
	const { page } = who;
	await who.go('/');
	await page.locator('h1').first().waitFor({ state: 'attached' });
	// "More" remains open in this browser. The portal does not have "More".
	await who.settled();
	const more = page.getByRole('button', { name: 'More', exact: true, expanded: false });
	if (await more.isVisible())
		await more.click();
	for (const [job, most, deed] of jobs) {
		let count = 0;
		const root = () => page.getByRole('dialog').last().or(page.locator('main')).last();
		const hand = {
			page,
			click: async (one) => { count++; await one.click(); },
			key: async (key) => { count++; await page.keyboard.press(key); },
			type: (text) => page.keyboard.type(text),
			/** Opens a menu entry, or an entry below it. Some entries are below "More". */
			async menu(...names) {
				for (const name of names) {
					const entry = page.locator('nav').getByRole('menuitem', { name, exact: true });
					const more = page.locator('nav').getByRole('button', { name: 'More', exact: true, expanded: false });
					await entry.or(more).first().waitFor();	// the entries are loaded when the menu is opened
					if (!await entry.isVisible() && await more.isVisible())
						await hand.click(more);
					await hand.click(entry);
				}
				await who.settled();	// the previous page is shown until the next page is loaded
			},
			press: (label) => hand.click(page.getByRole('button', { name: label, exact: true }).or(page.getByRole('link', { name: label, exact: true })).last()),
			tab: (label) => hand.click(page.getByRole('tab', { name: label, exact: true }).or(page.locator('main').getByRole('button', { name: label, exact: true, expanded: false }))),
			/** Types into a field, which is given by its label or by a locator. The field is clicked unless it has the focus. */
			async write(label, text) {
				const field = typeof label === 'string' ? root().getByLabel(label, { exact: true }).last() : label;
				await field.waitFor();
				if (!await field.evaluate((one) => one === document.activeElement))
					await hand.click(field);
				await page.keyboard.press('Control+a');
				await page.keyboard.type(text);
			},
			/** Finds a record in a picker, or selects an option of a list. */
			async pick(label, text) {
				const field = root().getByRole('combobox', { name: label }).last();
				await field.waitFor();
				if (await field.evaluate((one) => one.matches('select')))
					return void (count += 2, await field.selectOption(text));
				const types = await field.evaluate((one) => one.matches('input'));
				if (!types || !await field.evaluate((one) => one === document.activeElement))
					await hand.click(field);
				if (types)
					await page.keyboard.type(text);
				await hand.click(page.getByRole('option').filter({ hasText: text }).first());
			},
			sees: (text) => who.sees(text),
		};
		const start = performance.now();
		try {
			await within(LONGEST, 'it', deed(hand).then(() => who.settled()));
		} catch (error) {
			const seen = await within(10, 'the text', page.locator('body').innerText()).catch(({ message }) => message);
			if (process.env.SCREENS)
				await page.screenshot({ path: join(process.env.SCREENS, 'day.png') }).catch(() => {});
			throw new Error(`${name}, ${job}: ${error.message}\n${page.url()}\n${seen}`, { cause: error });
		}
		const seconds = (performance.now() - start) / 1000;
		if (process.env.SCREENS)
			await pictures(page, `day-${name}-${job}`.replaceAll(' ', '-'));
		t.diagnostic(`say ${name}, ${job}: ${count} interactions, ${seconds.toFixed(1)} s`);
		assert.ok(count <= most, `${name}, ${job}: ${count} interactions`);
	}
}
