// The documents as a site: each link of a page leads to a page and a heading that exist.
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

test('links to pages are not lost', () => {
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

test('headings have the ids of the forges', () => {
	expect(slug('If-Match, `Idempotency-Key` and 409')).toBe('if-match-idempotency-key-and-409');
	expect(slug('Décisions: à jour')).toBe('décisions-à-jour');
});
