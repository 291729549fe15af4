// Moves a card on a board by keyboard.

/** Picks up the card NAME, presses the keys, and drops the card unless the last key is Escape. */
export async function carry(who, name, ...pressed) {
	await who.page.getByRole('button', { name: `Move “${name}”` }).focus();
	await who.page.keyboard.press('Space');
	// Until the card is picked up, the arrow keys do nothing.
	await who.page.getByRole('status').getByText(`“${name}” picked up`).waitFor();
	for (const key of pressed.at(-1) === 'Escape' ? pressed : [...pressed, 'Space'])
		await who.page.keyboard.press(key);
}
