// Collects text that the user types before the input has loaded.

/** Collects typed characters from now on. The returned function stops collecting, and returns the characters. */
export function collectTyping(): () => string {
	let text = '';
	const collect = (event: KeyboardEvent) => {
		if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
		if (event.key === 'Backspace') text = text.slice(0, -1);
		else if (event.key.length === 1) text += event.key;
		else return;
		event.preventDefault();
		event.stopPropagation();
	};
	window.addEventListener('keydown', collect, true);
	return () => {
		window.removeEventListener('keydown', collect, true);
		const all = text;
		text = '';
		return all;
	};
}
