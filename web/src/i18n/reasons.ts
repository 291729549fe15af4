// The reasons for refusals, in the user's language.

type Texts = Record<string, [english: string, french: string]>;

/** The code of a refusal, and the arguments of its text. */
export interface Coded {
	code?: string | null;
	arguments?: string[] | null;
}

/** Removes the kind and the ID of a row from a text, as in: company 12 "Brightlane". */
const named = (text: string) => text.replace(/\b[a-z_]+ \d+ "([^"]*)"/g, '“$1”');

const quoted = (text: string) => text.replace(/"([^"]*)"/g, '“$1”');

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const ARGUMENT = /\{([1-9])\}/g;

const filled = (text: string, values: string[]) =>
	text.replace(ARGUMENT, (_, n: string) => values[Number(n) - 1] ?? '');

/** Finds the translation of a text without a code, such as a refusal from Better Auth's routes, and fills in its arguments. */
function recognized(text: string, texts: Texts): string {
	const known = Object.values(texts);
	const same = known.find(([english]) => english === text);
	if (same) return same[1];
	// The longest match is the most specific. A text that consists only of an argument is excluded, because it would
	// match any text.
	const patterns = known.filter(([english]) => english.includes('{') && english !== '{1}');
	for (const [english, french] of patterns.sort(([a], [b]) => b.length - a.length)) {
		const order = [...english.matchAll(ARGUMENT)].map(([, n]) => Number(n));
		const pattern = english.split(/\{[1-9]\}/).map(literally);
		const [, ...found] = new RegExp(`^${pattern.join('(.*)')}$`, 's').exec(text) ?? [];
		if (found.length > 0)
			return filled(
				french,
				// An argument may itself be a text, such as the fault of a card.
				order.reduce<string[]>(
					(all, n, i) => Object.assign(all, { [n - 1]: recognized(found[i]!, texts) }),
					[],
				),
			);
	}
	return text;
}

/** Returns the text of a refusal in French. */
export function translated(text: string, texts: Texts, { code, arguments: values }: Coded = {}): string {
	const french = code && texts[code]?.[1];
	// The argument is the text of an automation rule or of another refusal.
	if (french === '{1}') return recognized(values?.[0] ?? text, texts);
	return french ? filled(french, (values ?? []).map(named)) : recognized(text, texts);
}

/** Loads the translations. Returns a function that translates a text from the server. */
export async function reasons(): Promise<(text: string, coded?: Coded) => string> {
	if (document.documentElement.lang !== 'fr') return (text) => sentence(quoted(named(text)));
	const texts = (await import('virtual:refusals')).default;
	return (text, coded) => sentence(translated(named(text), texts, coded));
}
