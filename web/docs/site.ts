// The search, menu and copy buttons of the documentation pages. The pages can be read without this script.
import MiniSearch from 'minisearch';
import '@fontsource-variable/geist';
import './site.css';

interface Found {
	id: string;
	of: string;
	title: string;
	text: string;
}

const MOST = 12; // maximum number of results
const AROUND = 60; // characters before the word in an excerpt
const { above = '' } = document.body.dataset;
const input = document.querySelector<HTMLInputElement>('input[type=search]')!;
const list = document.querySelector<HTMLUListElement>('#found')!;

// The text of all pages, which is loaded when the user begins to search.
let index: Promise<MiniSearch<Found>> | undefined;
async function load(): Promise<MiniSearch<Found>> {
	const response = await fetch(`${above}search.json`);
	if (!response.ok) throw new Error(response.statusText);
	const made = new MiniSearch<Found>({
		fields: ['title', 'of', 'text'],
		storeFields: ['of', 'title', 'text'],
		searchOptions: {
			boost: { title: 6, of: 3 },
			prefix: true,
			fuzzy: (term) => (term.length > 5 ? 0.2 : false),
			combineWith: 'AND',
		},
	});
	made.addAll((await response.json()) as Found[]);
	return made;
}

function excerpt(text: string, words: string[]): string {
	const at = Math.min(...words.map((word) => text.toLowerCase().indexOf(word)).filter((n) => n >= 0));
	const from = Number.isFinite(at) ? Math.max(0, at - AROUND) : 0;
	return (from > 0 ? '…' : '') + text.slice(from, from + 3 * AROUND);
}

function element<K extends keyof HTMLElementTagNameMap>(
	tag: K,
	properties: Partial<HTMLElementTagNameMap[K]>,
	...inside: (Node | string)[]
) {
	const made = Object.assign(document.createElement(tag), properties);
	made.append(...inside);
	return made;
}

function show(rows: HTMLLIElement[]) {
	list.replaceChildren(...rows);
	list.hidden = rows.length === 0;
	input.setAttribute('aria-expanded', String(rows.length > 0));
	input.removeAttribute('aria-activedescendant');
}

async function search() {
	const asked = input.value.trim();
	if (asked === '') {
		show([]);
		return;
	}
	const found = (await (index ??= load())).search(asked);
	if (input.value.trim() !== asked) return; // a later search has begun
	show(
		found.length === 0
			? [element('li', { className: 'none' }, `Nothing contains “${asked}”.`)]
			: found
					.slice(0, MOST)
					.map((one, n) =>
						element(
							'li',
							{ id: `found-${n}`, role: 'option' },
							element(
								'a',
								{ href: above + one.id, tabIndex: -1 },
								element('strong', {}, one.title === one.of ? one.title : `${one.of} › ${one.title}`),
								element('span', {}, excerpt(one.text as string, one.queryTerms)),
							),
						),
					),
	);
}

function move(by: number) {
	const rows = [...list.querySelectorAll<HTMLLIElement>('[role=option]')];
	if (rows.length === 0) return;
	const now = rows.findIndex((row) => row.ariaSelected === 'true');
	const next = rows[(now + by + rows.length + (now < 0 && by < 0 ? 1 : 0)) % rows.length]!;
	rows.forEach((row) => (row.ariaSelected = String(row === next)));
	next.scrollIntoView({ block: 'nearest' });
	input.setAttribute('aria-activedescendant', next.id);
}

const fail = () => show([element('li', { className: 'none' }, 'The search cannot be loaded. Try again.')]);
const start = () => {
	search().catch(() => {
		index = undefined;
		fail();
	});
};
input.addEventListener('input', start);
input.addEventListener('focus', start);
input.addEventListener('keydown', (event) => {
	if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
		event.preventDefault();
		move(event.key === 'ArrowDown' ? 1 : -1);
	} else if (event.key === 'Enter')
		(
			list.querySelector<HTMLAnchorElement>('[aria-selected=true] a') ??
			list.querySelector<HTMLAnchorElement>('a')
		)?.click();
	else if (event.key === 'Escape') {
		input.value = '';
		show([]);
	}
});
document.addEventListener('click', ({ target }) => {
	if (!(target as Element).closest('search') || (target as Element).closest('#found a')) show([]);
});
document.addEventListener('keydown', (event) => {
	const typing = (event.target as Element).matches('input, textarea');
	if ((event.key === '/' && !typing) || (event.key === 'k' && (event.ctrlKey || event.metaKey))) {
		event.preventDefault();
		input.focus();
	}
});

const button = document.querySelector<HTMLButtonElement>('button.menu')!;
button.addEventListener('click', () => {
	const open = document.body.classList.toggle('open');
	button.setAttribute('aria-expanded', String(open));
});
document.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest' });

for (const code of document.querySelectorAll<HTMLElement>('pre')) {
	const copy = element('button', { className: 'copy', type: 'button' }, 'Copy');
	copy.addEventListener('click', () => {
		navigator.clipboard.writeText(code.querySelector('code')!.innerText).then(
			() => (copy.textContent = 'Copied'),
			() => (copy.textContent = 'Not copied'),
		);
	});
	code.after(copy);
}
