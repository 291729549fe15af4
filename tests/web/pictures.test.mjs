// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: it visits pages that other tests visit, with realistic data.
// The pictures in the documents, which script/pictures stores in docs/screens.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { demonstrator, member, seed } from './lib/browser.mjs';

const SIZE = { width: 1440, height: 720 };
const LIMIT = 100_000;	// maximum number of bytes per picture
const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

// Takes a light and a dark screenshot of the page after the text has appeared.
async function pictures(who, name, text) {
	const devtools = await who.context.newCDPSession(who.page);
	await who.page.mouse.move(0, 0);
	for (const colorScheme of ['light', 'dark']) {
		await who.page.emulateMedia({ colorScheme });
		await who.page.reload();	// colors change gradually, so the page is reloaded
		await who.sees(text);
		await who.page.waitForFunction(() => !document.querySelector('main .MuiSkeleton-root'));
		await who.looks(`${name}-${colorScheme}`, { fullPage: false });
		const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
		const bytes = Buffer.from(data, 'base64');
		assert.ok(bytes.length <= LIMIT, `${name}-${colorScheme} has ${bytes.length} bytes`);
		if (process.env.PICTURES)
			writeFileSync(join(process.env.PICTURES, `${name}-${colorScheme}.webp`), bytes);
	}
}

before(() => seed('demo', 'b2b'));

// Returns the demo user in the organization with this name. The screenshots show different names.
async function seller(organization, shown) {
	const who = await demonstrator({ viewport: SIZE });
	await who.call('/api/auth/update-user', { name: 'Nora Finch' });
	const { id } = (await who.call('/api/organizations')).find(({ name }) => name === organization);
	await who.call('/api/auth/organization/set-active', { organizationId: id });
	await who.call('/api/auth/organization/update', { data: { name: shown } });
	await who.go('/whats-new');	// marks the news as read
	await who.settled();
	return who;
}

// Additional deals of the agency: name, stage, amount, contact, and days until the close.
const DEALS = [
	['Packaging redesign', 'lead', 9_800, 'Maya Okafor', 60],
	['Staff handbook', 'lead', 4_200, 'Noah Clarke', 40],
	['Trade fair stand', 'qualified', 15_600, 'Elena Petrova', 35],
	['Class timetable', 'qualified', 6_400, 'Sam Nguyen', 28],
	['Newsletter templates', 'proposal', 5_200, 'Liam Svensson', 18],
	['Patient leaflets', 'proposal', 7_900, 'Tomas Alvarez', 14],
	['Spring campaign', 'won', 18_300, 'Hana Kobayashi', -4],
	['Brand guidelines', 'won', 11_250, 'Maya Okafor', -9],
	['Signs for two practices', 'won', 8_700, 'Priya Raman', -16],
];

// Activities: subject, type, contact, and age in days.
const ACTIVITIES = [
	['Brand guidelines, round two', 'call', 'Maya Okafor', 0.2],
	['Dates for the photo shoot', 'email', 'Hana Kobayashi', 1],
	['Leaflets: paper samples', 'meeting', 'Tomas Alvarez', 3],
	['Stand at the trade fair', 'call', 'Elena Petrova', 4],
	['Invoice for the signs', 'email', 'Priya Raman', 9],
	['Opening hours for the timetable', 'call', 'Sam Nguyen', 11],
	['First look at the campaign', 'meeting', 'Hana Kobayashi', 12],
	['Templates: feedback', 'email', 'Liam Svensson', 12],
	['Handbook: table of contents', 'email', 'Noah Clarke', 15],
	['Packaging: budget', 'call', 'Maya Okafor', 18],
	['Signs: measuring on site', 'meeting', 'Priya Raman', 19],
	['Reminder texts', 'call', 'Priya Raman', 19],
	['Class plans', 'email', 'Jonas Weber', 22],
	['Introduction', 'call', 'Noah Clarke', 25],
	['Campaign brief', 'email', 'Hana Kobayashi', 27],
];

test('pictures of the CRM show the dashboard, contacts, a contact and the board of deals', async () => {
	const who = await seller('ClientFlow Demo', 'Finch & Alder');
	const { config } = await who.call('/api/configuration/1');
	await who.call('/api/configuration/1', { config: { ...config, title: 'Finch & Alder' } }, 'PATCH');
	const contacts = await who.call('/api/contacts');
	const byName = (name) => contacts.find(({ first_name, last_name }) => `${first_name} ${last_name}` === name);
	for (const [name, stage, amount, person, days] of DEALS) {
		const { id, company_id } = byName(person);
		await who.call('/api/deals', { name, stage, amount, company_id, contact_ids: [id], expected_closing_date: day(days) });
	}
	for (const [subject, type, person, days] of ACTIVITIES)
		await who.call('/api/activities', { subject, type, contact_id: byName(person).id, occurred_at: new Date(Date.now() - days * DAY).toISOString() });
	await who.go('/');
	await pictures(who, 'dashboard', 'Brand guidelines, round two');
	await who.go('/contacts');
	await pictures(who, 'contacts', 'Maya Okafor');
	await who.page.getByRole('link', { name: 'Priya Raman' }).click();
	await pictures(who, 'contact', 'Online booking');
	await who.go('/deals');
	await pictures(who, 'deals', 'Packaging redesign');
	await who.close();
});

test('pictures of the b2b module show the principals and the forecast', async () => {
	const who = await seller('Riverside Food Brokers', 'Riverside Foods');
	await who.go('/principals');
	await pictures(who, 'principals', 'Golden Grain Mills');
	await who.go('/forecast');
	await pictures(who, 'forecast', 'Expected and won');
	await who.close();
});

test('a picture of the factory module shows a calculation', async () => {
	const who = await member({ organization: 'Brandt Metal', first_name: 'Jonas', last_name: 'Brandt', viewport: SIZE });
	await who.call('/api/modules/factory', { enabled: true }, 'PUT');
	for (const [kind, code, rate] of [['materials', 'steel-s235', 1.18], ['materials', 'powder-coat', 6.4], ['labour', 'welder', 46],
		['labour', 'assembler', 34], ['machines', 'laser', 88]])
		await who.call('/api/cost_rates', { kind, code, currency: 'EUR', rate, valid_from: '2020-01-01' });
	const { id } = await who.call('/api/cost_calculations', { name: 'Bicycle stand, 6 places', inputs: {
		currency: 'EUR', quantity: 120, scrap_percent: 2, breaks: [50, 500],
		materials: [{ name: 'Steel tube', code: 'steel-s235', quantity_per_unit: 18.5, scrap_percent: 4 }, { name: 'Powder coating', code: 'powder-coat', quantity_per_unit: 1.2 }],
		labour: [{ name: 'Welding', code: 'welder', setup_hours: 1.5, hours_per_unit: 0.45 }, { name: 'Assembly', code: 'assembler', hours_per_unit: 0.2 }],
		machines: [{ name: 'Laser cutting', code: 'laser', setup_hours: 0.5, hours_per_unit: 0.12 }],
		overhead: [{ name: 'Production overhead', percent: 12 }] } });
	await who.go(`/cost_calculations/${id}/show`);
	await pictures(who, 'calculation', 'Steel tube');
	await who.close();
});

// Members of an association: name, instrument or role, tier, and fee in minor units.
const MEMBERS = [
	['Clara', 'Engel', 'Violin', 'Orchestra', 24_000],
	['Henrik', 'Solberg', 'Cello', 'Orchestra', 24_000],
	['Amara', 'Nwosu', 'Flute', 'Student', 9_000],
	['Paul', 'Lefevre', 'Horn', 'Orchestra', 24_000],
	['Yuki', 'Tanabe', 'Viola', 'Student', 9_000],
	['Rosalind', 'Hart', 'Patron since 2019', 'Patron', 60_000],
	['Mateo', 'Rossi', 'Double bass', 'Orchestra', 24_000],
	['Ingrid', 'Falk', 'Oboe', 'Orchestra', 24_000],
];

test('a picture of the membership module shows the memberships', async () => {
	const boss = await member({ organization: 'Lakeside Strings', first_name: 'Helen', last_name: 'Marsh', viewport: SIZE });
	await boss.call('/api/modules/membership', { enabled: true }, 'PUT');
	const make = (resource, row) => boss.call(`/api/${resource}`, row);
	for (const [n, [first_name, last_name, headline, tier, fee]] of MEMBERS.entries()) {
		const { id: member_id } = await make('user_profiles', { first_name, last_name, headline, birth_date: `${1961 + 5 * n}-0${n + 1}-1${n}` });
		await make('user_memberships', { member_id, tier, starts_on: day(-20 - 41 * n), ends_on: day(344 - 41 * n), fee, currency: 'EUR' });
		if (n % 3 === 0)
			await make('user_billing_schedules', { member_id, description: 'Concert tour', amount: 8_500, currency: 'EUR', due_on: day(20) });
	}
	await boss.go('/user_memberships');
	await pictures(boss, 'memberships', 'Clara Engel');
	await boss.close();
});
