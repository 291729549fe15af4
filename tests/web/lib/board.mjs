// Moves a card on a board by keyboard or mouse.

/** Picks up the card NAME, presses the keys, and drops the card unless the last key is Escape. */
export async function carry(who, name, ...pressed) {
	await who.page.getByRole('button', { name: `Move “${name}”` }).focus();
	await who.page.keyboard.press('Space');
	// Until the card is picked up, the arrow keys do nothing.
	await who.page.getByRole('status').getByText(`“${name}” picked up`).waitFor();
	// dnd-kit listens to the next keys only after a timer of 0 ms.
	await who.page.evaluate(() => new Promise((done) => setTimeout(done)));
	for (const key of pressed.at(-1) === 'Escape' ? pressed : [...pressed, 'Space'])
		await who.page.keyboard.press(key);
}

/** Returns the coordinates of the middle of an element. */
export const middle = async (locator) => {
	const { x, y, width, height } = await locator.boundingBox();
	return [x + width / 2, y + height / 2];
};

/**
 * Drags a card to a column by mouse. Before it drops the card, it waits until the page shows the card at the pointer and its
 * place in the column, and calls shown() if given.
 */
export async function drag(page, card, column, shown) {
	const [x, y] = await middle(card);
	await page.mouse.move(x, y);
	await page.mouse.down();
	await page.mouse.move(x + 10, y + 10, { steps: 5 });
	await page.locator('.ghost').waitFor();
	const [toX, toY] = await middle(column);
	await page.mouse.move(toX, toY - 10, { steps: 8 });
	await page.mouse.move(toX, toY, { steps: 3 });
	await column.locator('.target').waitFor({ state: 'attached' });
	await shown?.();
	await page.mouse.up();
}
