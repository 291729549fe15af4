// Finds the elements that React renders again. They get new properties, even if nothing changes on the page.

/** Returns the names of the elements that match the selector and that an action renders again. */
export async function renders(page, selector, deed) {
	const look = await page.evaluateHandle((all) => {
		const propsOf = (one) => one[Object.keys(one).find((key) => key.startsWith('__reactProps$'))];
		const before = [...document.querySelectorAll(all)].map((one) => [one, propsOf(one)]);
		return () => before.filter(([one, props]) => propsOf(one) !== props).map(([one]) => one.getAttribute('aria-label') ?? one.innerText);
	}, selector);
	await deed();
	return look.evaluate((names) => names());
}
