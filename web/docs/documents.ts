// The project's documents as pages: their addresses, titles, sections and links.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Marked, type Tokens } from 'marked';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A section of a document: a heading and its text. Each section is a search result. */
export interface Section {
	id: string;
	title: string;
	level: number;
	text: string;
}

export interface Document {
	/** The path in the repository, such as docs/api/lists.md. */
	path: string;
	/** The address below /docs/, such as api/lists.html. */
	address: string;
	title: string;
	sections: Section[];
	html: string;
}

/** A menu group: a list from README.md with its heading. */
export interface Group {
	title: string;
	paths: string[];
}

const OTHERS = [
	'README.md',
	'CONTRIBUTING.md',
	'CHANGES.md',
	'SECURITY.md',
	'CODE_OF_CONDUCT.md',
	'bench/README.md',
	'contrib/client/README.md',
	'contrib/python/README.md',
	'examples/README.md',
	'tests/README.md',
	'web/README.md',
];
const TOPICS = 'docs/api.md';

const paths = () => [
	...readdirSync(`${ROOT}docs`, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.md'))
		.map((file) => `docs/${file}`)
		.sort(),
	...OTHERS.filter((path) => existsSync(ROOT + path)), // container images lack some of these files
];

const addressOf = (path: string) =>
	path === 'docs/README.md' ? 'index.html' : path.replace(/^docs\//, '').replace(/\.md$/, '.html');

/** Returns the ID that code forges give a heading, so that the same links work on the forges. */
export const slug = (heading: string) =>
	heading
		.toLowerCase()
		.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
		.replaceAll(' ', '-');

export const escape = (text: string) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

// Returns the visible text of inline Markdown.
const plain = (tokens: Tokens.Generic[] = []): string =>
	tokens.map((one) => (one.tokens ? plain(one.tokens) : one.type === 'html' ? '' : (one.text as string))).join('');

function textOf(token: Tokens.Generic): string {
	if (token.type === 'table') {
		const { header, rows } = token as Tokens.Table;
		return [header, ...rows].map((row) => row.map((cell) => plain(cell.tokens)).join(' ')).join(' ');
	}
	if (token.type === 'list') return (token as Tokens.List).items.map((item) => plain(item.tokens)).join(' ');
	return token.type === 'code' ? (token.text as string) : plain(token.tokens);
}

// Returns the sections by heading. As on the forges, the ID of a repeated heading has a number.
function sectionsOf(tokens: Tokens.Generic[]): Map<Tokens.Generic, Section> {
	const sections = new Map<Tokens.Generic, Section>();
	const seen = new Map<string, number>();
	let last: Section | undefined;
	for (const token of tokens) {
		if (token.type === 'heading') {
			const title = plain(token.tokens);
			const n = seen.get(slug(title)) ?? 0;
			seen.set(slug(title), n + 1);
			last = { id: slug(title) + (n ? `-${n}` : ''), title, level: (token as Tokens.Heading).depth, text: '' };
			sections.set(token, last);
		} else if (last !== undefined && token.type !== 'space') last.text += ` ${textOf(token)}`;
	}
	return sections;
}

function read(path: string, all: Set<string>): Document {
	const source = readFileSync(ROOT + path, 'utf8');
	const above = '../'.repeat(addressOf(path).split('/').length - 1);

	// Returns the address of a link to another document. If the target is not a page but, for example, a source file,
	// the link becomes text.
	const target = (href: string) => {
		if (/^(https?:|mailto:|#)/.test(href)) return href;
		const [file = '', id] = href.split('#');
		const at = normalize(join(dirname(path), file));
		return all.has(at) ? above + addressOf(at) + (id ? `#${id}` : '') : undefined;
	};
	const marked = new Marked({
		renderer: {
			heading(token) {
				const { id, title, level: depth } = sectionOf.get(token)!;
				const inside = this.parser.parseInline(token.tokens);
				return depth === 1
					? `<h1>${inside}</h1>\n`
					: `<h${depth} id="${id}">${inside} <a class="anchor" href="#${id}" aria-label="Link to: ${escape(title)}">#</a></h${depth}>\n`;
			},
			link({ href, tokens }) {
				const inside = this.parser.parseInline(tokens);
				const to = target(href);
				return to === undefined ? inside : `<a href="${escape(to)}">${inside}</a>`;
			},
			// In README.md, the paths of HTML pictures and links begin with docs/, which is removed here.
			html({ text }) {
				return text
					.replace(/(src|srcset)="docs\//g, '$1="')
					.replace(/href="([^"]*)"/g, (_, href: string) => `href="${escape(target(href) ?? href)}"`);
			},
		},
	});
	const tokens = marked.lexer(source);
	const sectionOf = sectionsOf(tokens);
	const sections = [...sectionOf.values()];
	// Elements that are wider than the page can be scrolled, even with the keyboard.
	const html = marked
		.parser(tokens)
		.replace(/<table>[^]*?<\/table>/g, '<div class="table" tabindex="0">$&</div>')
		.replaceAll('<pre>', '<pre tabindex="0">');
	const title = sections[0]?.title;
	if (title === undefined) throw new Error(`${path} has no heading`);
	return { path, address: addressOf(path), title, sections, html };
}

// Returns the documents to which a part of a document links, in the order of the links.
function linked(path: string, part: string, all: Set<string>): string[] {
	const found = [...part.matchAll(/\]\(([^)#:]+\.md)(#[^)]*)?\)/g)].map(([, href]) =>
		normalize(join(dirname(path), href!)),
	);
	return [...new Set(found)].filter((one) => all.has(one));
}

/** Returns the pages and the menu: the lists in README.md, with the API topics below the menu entry of the API. */
export function documents(): { pages: Document[]; groups: Group[]; topics: string[] } {
	const all = new Set(paths());
	const [, index = ''] = readFileSync(`${ROOT}README.md`, 'utf8').split('\n## Documentation\n');
	const groups = index
		.split('\n### ')
		.slice(1)
		.map((part) => ({ title: part.slice(0, part.indexOf('\n')), paths: linked('README.md', part, all) }));
	const listed = new Set(groups.flatMap((group) => group.paths));
	return {
		pages: [...all].map((path) => read(path, all)),
		groups,
		topics: linked(TOPICS, readFileSync(ROOT + TOPICS, 'utf8'), all).filter(
			(path) => path.startsWith('docs/api/') && !listed.has(path),
		),
	};
}
