// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it visits every page.
// A script in any text field is shown as text on every linked page, and never runs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { rowsOf } from '../lib/rows.mjs';
import { BASE, member } from './lib/browser.mjs';

const { BUILD } = process.env;
const SCRIPT = '<img src="/x" onerror="window.ran=1"><script>window.ran=1</script>';
const ADDRESS = 'javascript:window.ran=1';

// Lists that the rows of rowsOf() lack.
const lists = {
	contacts: { phone_jsonb: [{ number: SCRIPT, type: 'Work' }] },
	companies: { context_links: [ADDRESS] },
	contact_notes: { attachments: [{ src: ADDRESS, title: SCRIPT }] },
	deal_notes: { attachments: [{ src: ADDRESS, title: SCRIPT }] },
};

// Copies a value with a different text at every leaf.
const poisoned = (value, text) => Array.isArray(value) ? value.map((one) => poisoned(one, text))
	: value && typeof value === 'object'
		? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, poisoned(one, text)]))
	: typeof value === 'string' ? text : value;

// Writes the script to each field that accepts it. Returns these fields.
async function poison(who, resource, row) {
	const taken = [];
	for (const [member, value] of Object.entries({ ...row, ...lists[resource] }))
		for (const text of [SCRIPT, ADDRESS]) {
			const rs = await who.context.request.fetch(`${BASE}/api/${resource}/${row.id}`, { method: 'PATCH',
				headers: { Origin: BASE }, data: { [member]: lists[resource]?.[member]
					?? (value === null ? text : poisoned(value, text)) } });
			if (rs.ok() && JSON.stringify((await rs.json())[member])?.includes('window.ran')) {
				taken.push(`${resource}.${member}`);
				break;
			}
		}
	return taken;
}

// Returns the links and tabs of the current page.
const links = (page) => page.locator('a[href]').evaluateAll((all) => all.map((a) => a.href));
const kind = (address) => new URL(address).pathname.replace(/\/\d+/g, '/N');
const ours = (address) => address.startsWith(`${BASE}/`)
	&& !/^\/(api|uploads|calendar|invite|mcp)\//.test(new URL(address).pathname);

async function harmless(who, address) {
	await who.page.getByRole('heading', { level: 1 }).first().waitFor();
	await who.settled();
	const found = await who.page.evaluate(() => ({ ran: window.ran, text: document.body.innerText,
		alive: document.querySelectorAll('[onerror], img[src="/x"], [href^="javascript:" i]').length }));
	assert.deepEqual([found.ran, found.alive], [undefined, 0], address);
	return found.text.includes('onerror=');
}

test('a script in any field is shown as text everywhere', async () => {
	const who = await member({ first_name: SCRIPT, last_name: SCRIPT, organization: SCRIPT });
	execFileSync(`${BUILD}/tenantry`, ['user', 'role', who.email, 'admin']);
	const token = (await who.context.cookies()).find(({ name }) => name.endsWith('session_token')).value;
	const rows = await rowsOf({ token: decodeURIComponent(token) }, 'x');
	const taken = [];
	for (const [resource, row] of Object.entries(rows))
		if (row.id !== undefined)
			taken.push(...await poison(who, resource, row));
	for (const must of ['contacts.first_name', 'contacts.background', 'contacts.phone_jsonb', 'companies.name',
		'companies.website', 'deals.name', 'deals.description', 'contact_notes.text', 'deal_notes.text', 'tasks.text', 'tags.name',
		'sales.first_name', 'appointments.title', 'messages.body', 'automation_rules.name', 'views.name',
		'webhooks.description', 'activities.subject'])
		assert.ok(taken.includes(must), `${must} is not among ${taken}`);

	who.expect(/^400 GET \/api\/imports\/\d+\/preview/); // the file of the import is empty
	const seen = new Map([[kind(`${BASE}/`), `${BASE}/`]]);
	const shows = [];
	for (const [path, address] of seen) {
		await who.page.goto(address);
		if (await harmless(who, address))
			shows.push(path);
		for (const tab of await who.page.locator('button[role=tab]').all()) {
			await tab.click();
			await harmless(who, address);
		}
		for (const next of await links(who.page))
			if (ours(next) && !seen.has(kind(next)))
				seen.set(kind(next), next);
	}
	for (const must of ['/', '/contacts', '/contacts/N/show', '/companies', '/companies/N/show', '/deals', '/tasks',
		'/messages', '/organization/members', '/trash'])
		assert.ok(shows.includes(must), `${must} does not show it, of ${[...seen.keys()]}`);
	await who.close();
});
