// The documents as a site: each link on a page leads to an existing page and heading.
import { expect, test } from 'vitest';
import { documents, slug } from '../docs/documents';

const { pages, groups, topics } = documents();

test('each link leads to a page and a heading', () => {
	const addresses = new Map(pages.map((one) => [one.address, one]));
	const dead = pages.flatMap(({ address, html }) =>
		[...html.matchAll(/<a (?:class="anchor" )?href="([^"]+)"/g)].flatMap(([, href]) => {
			if (/^(https?|mailto):/.test(href!)) return [];
			const to = new URL(href!, `http://docs/${address}`);
			const page = addresses.get(to.pathname.slice(1));
			const id = decodeURIComponent(to.hash.slice(1));
			return page && (id === '' || page.html.includes(` id="${id}"`)) ? [] : [`${address}: ${href}`];
		}),
	);
	expect(dead).toEqual([]);
});

test('links to pages remain links', () => {
	const start = pages.find(({ path }) => path === 'docs/README.md')!;
	expect(start.address).toBe('index.html');
	expect(start.html).toContain('<a href="backups.html">Backups</a>');
	expect(start.html).toContain('<a href="CONTRIBUTING.html">Contributing</a>');
	expect(pages.find(({ path }) => path === 'docs/api/lists.md')!.html).toContain('href="../');
});

test('the menu has each group of README.md, and the topics of the API', () => {
	expect(groups.map(({ title }) => title)).toEqual(['Use', 'Connect', 'Operate', 'Develop']);
	expect(topics).toContain('docs/api/lists.md');
	const reached = new Set([...groups.flatMap(({ paths }) => paths), ...topics]);
	const linked = pages.filter(({ address }) =>
		pages.some((one) => one.address !== address && new RegExp(`href="(\\.\\./)*${address}[#"]`).test(one.html)),
	);
	expect(pages.filter((one) => !reached.has(one.path) && !linked.includes(one)).map(({ path }) => path)).toEqual([]);
});

test('headings have the IDs that code forges give them', () => {
	expect(slug('If-Match, `Idempotency-Key` and 409')).toBe('if-match-idempotency-key-and-409');
	expect(slug('Décisions: à jour')).toBe('décisions-à-jour');
});

// Each row contains a question, the link text in README.md that a newcomer follows, the page and the section with the
// answer, and words from the answer.
const QUESTIONS = [
	['Where do I add a field?', /a field in two/, 'CONTRIBUTING.md', 'Add a field in two steps', /migration/],
	["How do I restore yesterday's backup?", /how to restore them/, 'docs/backups.md', 'Restoring', /restore/],
	[
		'Why does this member not see this deal?',
		/why a member can or cannot see a row/,
		'docs/roles.md',
		'What a user may do, and why',
		/a deal/,
	],
	['How do I subscribe to changes?', /subscribing to changes/, 'docs/feed.md', undefined, /\/api\/changes\/stream/],
	['How is a tenant separated?', /how organizations are separated/, 'docs/internals.md', 'Tenancy', /policies/i],
] as const;

// Returns the addresses of the pages and sections that a reader can reach with this number of clicks. The table of
// contents of a page leads to its sections.
function reached(clicks: number): Set<string> {
	let at = new Set(['README.html']);
	for (let n = 0; n < clicks; n++)
		at = new Set(
			[...at].flatMap((address) => {
				const { html = '' } = pages.find((one) => one.address === address.split('#')[0]) ?? {};
				return [
					address,
					...[...html.matchAll(/href="([^"]+)"/g)].map(([, href]) =>
						new URL(href!, `http://docs/${address}`).href.slice('http://docs/'.length),
					),
				];
			}),
		);
	return at;
}

const near = reached(3);

test.each(QUESTIONS)('%s Three clicks from README.md answer this', (_question, words, path, title, answer) => {
	const page = pages.find((one) => one.path === path)!;
	const section = page.sections.find((one) => one.title === title) ?? page.sections[0]!;
	expect(section.text).toMatch(answer);
	expect(near).toContain(title === undefined ? page.address : `${page.address}#${section.id}`);
	// The line of README.md that links to the page must promise the answer.
	const lines = pages.find((one) => one.path === 'README.md')!.html.split('<li>');
	expect(lines.find((one) => one.includes(`href="${page.address}"`))?.replace(/\s+/g, ' ')).toMatch(words);
});
