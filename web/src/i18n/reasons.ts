// The reasons of refusals in the language of the user.

/** Names a row of a text without its kind and id: company 12 "Brightlane". */
const named = (text: string) => text.replace(/\b[a-z_]+ \d+ "([^"]*)"/g, '“$1”');

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Finds the translation of a text, whose values stand for *, and puts them into it. */
export function translated(text: string, texts: Record<string, string>): string {
	if (texts[text]) return texts[text];
	const patterns = Object.entries(texts).filter(([one]) => one.includes('*'));
	// The longest one says most.
	for (const [pattern, translation] of patterns.sort(([a], [b]) => b.length - a.length)) {
		const [, ...values] = new RegExp(`^${pattern.split('*').map(literally).join('(.*)')}$`, 's').exec(text) ?? [];
		if (values.length > 0) return translation.replace(/\*/g, () => values.shift() ?? '');
	}
	return text;
}

/** Loads the translations; returns a function that translates a text of the server. */
export async function reasons(): Promise<(text: string) => string> {
	const texts = document.documentElement.lang === 'fr' ? (await import('./reasons.fr')).default : {};
	return (text) => sentence(translated(named(text), texts));
}
