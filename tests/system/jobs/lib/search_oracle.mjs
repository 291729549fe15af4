// Determines the rows that a search should find by a scan of all rows. It implements docs/api/search.md without the
// search functions and documents of the database.
import { sql } from './jobs.mjs';

// For each resource, the columns with names and the columns with other texts.
const TEXTS = {
	activities: [['subject'], ['body']],
	appointments: [['title'], ['location', 'notes']],
	companies: [['name'], ['sector', 'website', 'phone_number', 'address', 'zipcode', 'city',
		'state_abbr', 'country', 'description', 'tax_identifier']],
	contact_notes: [[], ['text']],
	contacts: [['first_name', 'last_name'], ['title', 'email_jsonb', 'phone_jsonb', 'background',
		'linkedin_url']],
	deal_notes: [[], ['text']],
	deals: [['name'], ['category', 'description']],
	messages: [['subject'], ['sender', 'recipient', 'body']],
	products: [['name', 'sku'], ['category', 'description']],
	tasks: [[], ['type', 'text']],
};
export const KINDS = Object.keys(TEXTS);

// Letters in Latin names that Unicode does not decompose.
const BASE = { ø: 'o', đ: 'd', ħ: 'h', ı: 'i', ł: 'l', ŋ: 'n', ŧ: 't', ð: 'd', ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th', ĸ: 'q' };

// Returns the text in lower case and base letters, without accents. Converts one character at a time, so that a final
// sigma gets no special treatment.
export const folded = (text) => Array.from(text, (c) => c.toLowerCase()).join('')
	.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').replace(/[øđħıłŋŧðßæœþĸ]/g, (c) => BASE[c]);
export const wordsOf = (text) => folded(text).split(/[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\u00bf\u2000-\u206f\u3000-\u303f]+/)
	.filter(Boolean);
const numbersOf = (text) => text.replace(/[-+ ()./]/g, '').match(/[0-9]{7,}/g) ?? [];
const value = (v) => Array.isArray(v) ? v.map((x) => x.email ?? x.number).join(', ') : v;

// Returns a text in the form in which the search indexes it.
const text = (title, body) => ({ title: wordsOf(title), words: wordsOf(`${title}\n${body}`), body: folded(body),
	numbers: numbersOf(`${title}\n${body}`) });

// Reads all rows of an organization, by kind.
export function readRows(org) {
	return Object.fromEntries([...KINDS, 'sales'].map((kind) => {
		const [names, others] = TEXTS[kind] ?? [['first_name', 'last_name', 'email'], []];
		const join = (row, columns, gap) => columns.map((c) => value(row[c])).filter(Boolean).join(gap);
		return [kind, sql(`SELECT row_to_json(t) FROM crm.${kind} t WHERE org_id = '${org}'`)
			.map(([json]) => JSON.parse(json)).map((row) => ({ id: row.id, row,
				...text(join(row, names, ' '), join(row, others, '\n')) }))];
	}));
}

// Returns the terms of a query: a number, an address, or words that follow each other.
export function readQuery(q) {
	return q.split(/\s+/).filter(Boolean).map((term) => {
		if (/^[-+()./]*([0-9][-+()./]*){7,}$/.test(term))
			term = term.replace(/[^0-9]/g, '');
		return { words: wordsOf(term),
			address: /^[^@,;<>"]+@[^@,;<>"]+$/.test(term) ? folded(term) : null };
	}).filter(({ words }) => words.length);
}

const begins = (words, word) => words.some((w) => w.startsWith(word));
const hasAddress = (t, address) => t.body.split(address).slice(0, -1)
	.some((before, n, all) => /(^|[\s,;<>"._+-])$/.test(all.slice(0, n + 1).join(address)));
// Returns whether the words are consecutive. The last may be only a prefix.
const follow = (words, wanted) => words.some((_, n) => wanted.every((w, k) => k < wanted.length - 1
	? words[n + k] === w : words[n + k]?.startsWith(w)));
const endsNumber = (t, [word]) => /^[0-9]{4,}$/.test(word) && t.numbers.some((n) => n.endsWith(word));

export const hasTerm = (t, { words, address }) => address ? hasAddress(t, address)
	: follow(t.words, words) || words.length === 1 && endsNumber(t, words);
// Pickers search only names.
export const namesTerm = (t, { words, address }) => address ? hasAddress(t, address) : follow(t.title, words);

// Returns the word, and each word that results from omitting one of its letters.
function misspellings(word) {
	const letters = Array.from(word);
	return letters.length < 4 || letters.length > 30 || /[0-9]/.test(word) ? []
		: [word, ...letters.map((_, n) => letters.filter((_letter, k) => k !== n).join(''))];
}

function isMisspelt(t, word) {
	const near = misspellings(word);
	return near.length > 0 && (t.title.some((w) => near.includes(w))
		|| t.title.slice(0, 6).some((w) => misspellings(w).some((m) => near.includes(m))));
}

// Returns whether GET /api/search should find a term in a text. The search also finds misspelled names.
export const nearTerm = (t, { words, address }) => address ? hasAddress(t, address)
	: words.every((w, n) => (n === words.length - 1 ? begins(t.words, w) : t.words.includes(w))
		|| isMisspelt(t, w)) || words.length === 1 && endsNumber(t, words);

export const select = (texts, terms, has) => texts.filter((t) => terms.length && terms.every((term) => has(t, term)))
	.map((t) => t.id);

// Returns the rows that a list with `q` should contain.
export function selectList(resource, rows, terms) {
	switch (resource) {
	case 'contacts': {
		const companies = new Map(rows.companies.map((c) => [c.id, c]));
		return select(rows.contacts.map((c) => {
			const company = companies.get(c.row.company_id);
			// The line break prevents phrases from matching across both texts.
			return company ? { ...c, words: [...c.words, '\n', ...company.title] } : c;
		}), terms, hasTerm);
	}
	case 'contacts_summary':
		return select(rows.contacts, terms, namesTerm);
	case 'companies_summary':
		return select(rows.companies, terms, hasTerm);
	case 'opportunities':
		return select(rows.deals, terms, hasTerm);
	default:
		return select(rows[resource], terms, hasTerm);
	}
}
