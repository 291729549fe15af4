// The frame of a documentation page: menu, contents, search.
import { escape, type Document, type Group } from './documents';

const link = (to: Document, from: Document, above: string, title = to.title) =>
	`<li><a href="${above}${to.address}"${to === from ? ' aria-current="page"' : ''}>${escape(title)}</a></li>`;

/** Returns the whole page. `head` contains the tags that load the script and the styles. */
export function page(
	document: Document,
	{ pages, groups, topics, head }: { pages: Document[]; groups: Group[]; topics: string[]; head: string },
): string {
	const above = '../'.repeat(document.address.split('/').length - 1);
	const of = (path: string) => pages.find((one) => one.path === path)!;
	const list = (paths: string[]): string =>
		`<ul>${paths
			.map((path) => {
				const inside = path === 'docs/api.md' && document.address.startsWith('api');
				return link(of(path), document, above) + (inside ? `<li>${list(topics)}</li>` : '');
			})
			.join('')}</ul>`;
	const menu = groups.map(({ title, paths }) => `<h2>${escape(title)}</h2>${list(paths)}`).join('');
	const contents = document.sections
		.filter(({ level }) => level === 2 || level === 3)
		.map(({ id, title, level }) => `<li class="level${level}"><a href="#${id}">${escape(title)}</a></li>`)
		.join('');
	return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(document.title)} – Tenantry</title>
<link rel="icon" href="/icon.svg">
${head}
</head>
<body data-above="${above}">
<a class="skip" href="#content">Skip to the text</a>
<header>
<button class="menu" aria-expanded="false" aria-controls="menu">Menu</button>
<a class="home" href="${above}index.html">Tenantry documentation</a>
<search><label><span class="hidden">Search the documentation</span><input type="search" placeholder="Search  /" autocomplete="off" role="combobox" aria-expanded="false" aria-controls="found"></label><ul id="found" role="listbox" hidden></ul></search>
<a class="app" href="/">Open the app</a>
</header>
<nav id="menu" aria-label="Documents">${menu}</nav>
<main id="content" tabindex="-1">
${document.html}</main>
<nav class="contents" aria-label="On this page">${contents ? `<h2>On this page</h2><ul>${contents}</ul>` : ''}</nav>
</body>
</html>
`;
}
