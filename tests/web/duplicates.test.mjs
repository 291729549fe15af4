// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/crm/duplicates and api/crm/merge test the rules.
// Duplicates: merging, dismissing, and undoing a merge.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VISITS, member } from './lib/browser.mjs';

const email_jsonb = [{ email: 'grace@navy.example', type: 'Work' }];

// Creates a pair of duplicates that the server finds, and a note that moves with the merge.
async function twins(who) {
	const one = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Admiral', email_jsonb,
		first_seen: '2026-01-31T12:00:00Z' });
	const other = await who.call('/api/contacts', { first_name: 'Grace', last_name: 'Hopper', title: 'Professor', background: 'Likes clocks.',
		email_jsonb: [...email_jsonb, { email: 'grace@vassar.example', type: 'Home' }] });
	await who.call('/api/contact_notes', { contact_id: other.id, text: 'Found a moth' });
	await who.call('/api/duplicates/check', { resource: 'contacts', id: one.id });
	return [one.id, other.id];
}

const undo = (who) => who.page.getByRole('alert').getByRole('button').click();

for (const { name, ...look } of VISITS)
	test(`dismisses a pair, merges it and undoes the merge (${name})`, async () => {
		const french = look.locale === 'fr-FR';
		const who = await member(look);
		const { page } = who;
		const say = (english, frenchWords) => french ? frenchWords : english;
		await who.go('/duplicates');
		await who.sees(say('No duplicates', 'Aucun doublon'));
		const ids = await twins(who);
		await who.go('/duplicates');
		await who.sees('grace@vassar.example');
		await who.looks(`duplicates-${name}`);

		await who.press(say('Not a duplicate', 'Pas un doublon'));
		await who.sees(say('Marked as different', 'Marqués comme différents'));
		await undo(who);
		await who.press(say('Merge', 'Fusionner'));
		const dialog = page.getByRole('dialog');
		await dialog.getByRole('radio', { name: 'Professor' }).check();
		await dialog.getByText(/1 note/).waitFor();
		await who.looks(`merge-${name}`, { fullPage: false });
		await dialog.getByRole('button', { name: say('Merge', 'Fusionner') }).click();
		await page.getByText(say('Merged into Grace Hopper', 'Fusionné avec Grace Hopper')).waitFor();
		const [kept, ...rest] = await who.call('/api/contacts');
		assert.deepEqual([rest.length, kept.title, kept.background, kept.email_jsonb.length], [0, 'Professor', 'Likes clocks.', 2]);
		await who.sees(say('Recently merged', 'Fusions récentes'));
		await who.looks(`merged-${name}`);
		await page.getByRole('button', { name: say('Undo: Grace Hopper', 'Annuler: Grace Hopper') }).click();
		await page.locator('main li').getByText(say('Undone', 'Annulé')).waitFor();
		assert.deepEqual((await who.call('/api/contacts')).map(({ id }) => id).sort(), ids.sort());
		await who.close();
	});

test('creating a contact that exists shows a warning, and both contact pages offer the merge', async () => {
	const who = await member();
	const { page } = who;
	const [one, other] = await twins(who);
	await who.go('/contacts/create');
	await who.fill({ 'First name': 'Hopper', 'Last name': 'Grace' });
	await who.sees('Possible duplicate:');
	await who.looks('contact-similar');
	await who.go(`/contacts/${other}/show`);
	await who.further('Merge with…');
	await who.press('Select: Grace Hopper');
	await page.getByRole('radio', { name: /since 31 Jan/ }).check(); // selects the older contact
	who.expect(/^404 GET \/api\/contacts\/\d+(\/history)?$/);	// the feed may report the merge first
	const merged = page.waitForResponse((rs) => rs.url().endsWith('/api/merge_contacts'));
	await page.getByRole('dialog').getByRole('button', { name: 'Merge' }).click();
	await merged;
	await page.waitForURL(`**/contacts/${one}/show`);
	await who.sees('31 Jan 2026');	// until this text is visible, the page of the other contact is shown
	await who.sees('Found a moth');
	await undo(who);
	await who.sees('Undone');
	await page.getByText('Found a moth').waitFor({ state: 'detached' });
	const [card] = await Promise.all([page.waitForEvent('download'), who.further('vCard')]);
	assert.match((await (await card.createReadStream()).toArray()).join(''), /FN:Grace Hopper/);
	await who.close();
});
