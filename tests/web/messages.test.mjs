// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/crm/messages tests the rules.
// Messages that are received through a channel, read, answered and linked to a
// contact.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, test } from 'node:test';
import { VISITS, demonstrator, member, seedDemo } from './lib/browser.mjs';

before(seedDemo);

const HTML = '<html><head><style>p{color:red}</style></head><body style="color:red"><p>Dear <b>Ada</b>,</p>'
	+ '<p>see the picture.<br>Yours</p><img src="https://elsewhere.example/spy.png" onerror="alert(2)"><script>alert(1)</script></body></html>';

// Posts a message as a channel would: without a browser and without a cookie.
const post = async (url, message, secret) => {
	const body = JSON.stringify(message);
	return (await fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'application/json',
		...secret && { 'X-Signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` } } })).status;
};

for (const { name, ...look } of VISITS)
	test(`the inbox, a conversation and the channels match their screenshots (${name})`, async () => {
		const who = await demonstrator({ ...look, ...name === 'phone' && { locale: 'fr-FR' } });
		const [contact] = await who.call('/api/contacts?filter={"q":"okafor"}');
		const mark = `${name} ${Date.now()}`;
		const say = (message) => who.call('/api/messages', { channel: 'email', thread_id: mark, subject: 'The drafts',
			contact_id: contact.id, ...message });
		await say({ direction: 'inbound', status: 'read', sender: 'maya@okafor.example', sent_at: '2026-01-05T09:00:00Z',
			body: 'Good morning,\n\nhave you had time for the second draft? The quiet one is what we want.' });
		await say({ direction: 'outbound', status: 'delivered', recipient: 'maya@okafor.example', sent_at: '2026-01-05T10:30:00Z',
			body: 'It comes this afternoon.' });
		const { id } = await say({ direction: 'inbound', sender: 'maya@okafor.example', body: 'Wonderful, thank you!' });
		await who.call('/api/messages', { channel: 'whatsapp', direction: 'inbound', thread_id: `w${mark}`, sender: '+33 6 12 34 56 78',
			body: 'Is there a table for eight on Friday? We would come at seven, two of us do not eat fish.' });
		await who.call('/api/message_channels', { channel: 'whatsapp', name: 'Front desk', signed: true });
		await who.go('/messages');
		await who.sees('Maya Okafor');
		await who.looks(`messages-${name}`);
		await who.go(`/messages/${id}/show`);
		await who.sees('It comes this afternoon.');
		await who.looks(`conversation-${name}`);
		await who.go('/messages/channels');
		await who.sees('Front desk');
		await who.looks(`channels-${name}`);
		await who.go(`/contacts/${contact.id}/show`);
		await who.page.getByRole('tab', { name: 'Messages' }).click();
		await who.page.getByRole('tabpanel').getByText('The drafts').first().waitFor();
		await who.looks(`contact-messages-${name}`);
		await who.close();
	});

test('a channel\'s secret is shown once, and a received message appears, is linked to a contact and is answered', async () => {
	const who = await member();
	const { page } = who;
	const { id } = await who.call('/api/contacts', { first_name: 'Brand', last_name: 'New' });
	await who.go('/messages');
	await who.sees('No messages yet');
	await page.getByRole('link', { name: 'Channels' }).click();
	await who.press('New inbound URL');
	await who.fill({ Name: 'Post' });
	await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
	const url = await page.getByRole('group', { name: 'Inbound URL' }).locator('pre').innerText();
	const secret = await page.getByRole('group', { name: 'Signing secret' }).locator('pre').innerText();
	await who.press('Close');
	await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Messages' }).click();
	const mail = { external_id: '1', from: '+44 20 7946 0000', body: HTML, subject: 'A <b>picture</b>' };
	assert.equal(await post(url, mail), 401);
	assert.equal(await post(url, mail, secret), 200);
	await page.getByRole('link', { name: /1 unread/ }).click();
	await page.getByRole('button', { name: 'Link to contact' }).waitFor(); // the thread is now open
	const words = page.getByRole('listitem').filter({ hasText: 'A <b>picture</b>' }).last();
	await words.getByText('see the picture.').waitFor();
	assert.match(await words.innerText(), /Dear Ada,\n+\s*see the picture\.\nYours/);
	assert.doesNotMatch(await words.innerText(), /alert|color/);
	await who.press('Link to contact');
	await page.getByRole('combobox', { name: 'Contact' }).fill('brand');
	await page.getByRole('option', { name: 'Brand New' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'Brand New', level: 2 }).waitFor();
	await who.fill({ 'Write a reply': 'It is lovely.' });
	await page.getByRole('link', { name: 'Brand New' }).last().click();
	await page.getByRole('tab', { name: 'Messages' }).waitFor();
	await page.goBack(); // the draft is kept
	await page.getByLabel('Write a reply').and(page.getByText('It is lovely.')).waitFor();
	await who.press('Send');
	await who.sees('Queued. Your connected app will deliver it.');
	await page.getByText('It is lovely.').first().waitFor();
	await page.getByText('1 unread').waitFor({ state: 'detached' });
	const all = await who.call('/api/messages?sort=["id","ASC"]');
	assert.deepEqual(all.map(({ direction, status, contact_id, recipient }) => [direction, status, contact_id, recipient]),
		[['inbound', 'read', id, null], ['outbound', 'queued', id, '+44 20 7946 0000']]);
	await page.getByRole('link', { name: 'Brand New' }).last().click();
	await page.getByRole('tab', { name: 'Messages' }).click();
	await who.press('New message');
	await who.fill({ To: 'brand@new.example', Message: 'Anything else?' });
	await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
	await page.getByRole('tabpanel').getByText('Anything else?').waitFor();
	await who.go('/messages/channels');
	await page.getByRole('button', { name: 'Delete: Post' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
	await who.sees('No channels yet');
	assert.equal(await post(url, { ...mail, external_id: '2' }, secret), 404);
	await who.close();
});

test('the inbox is filtered and searched, and the URL contains both', async () => {
	const who = await member();
	const { page } = who;
	const say = (channel, body, status) => who.call('/api/messages', { channel, body, status, direction: 'inbound',
		thread_id: body, sender: body });
	await say('sms', 'Monday morning', 'read');
	await say('sms', 'Tuesday evening');
	await say('chat', 'Monday evening');
	await Promise.all(Array.from({ length: 50 }, () => who.call('/api/messages',
		{ channel: 'sms', body: 'Are you there?', direction: 'inbound', thread_id: 'busy', sender: 'busy' })));
	await who.go('/messages');
	const seen = (text) => page.getByRole('link').filter({ hasText: text });
	await seen('Are you there?').waitFor(); // after this many messages, the other messages are on an older page
	assert.equal(await seen('Tuesday evening').count(), 0);
	await who.press('Show older');
	await seen('Tuesday evening').waitFor();
	await page.getByRole('searchbox').fill('monday');
	await page.keyboard.press('Enter');
	await seen('Tuesday evening').waitFor({ state: 'detached' });
	await page.getByRole('combobox', { name: 'Channel' }).click();
	await page.getByRole('option', { name: 'Chat' }).click();
	await seen('Monday morning').waitFor({ state: 'detached' });
	await page.reload();
	await seen('Monday evening').click();
	await who.press('Mark as read');
	await page.getByRole('button', { name: 'Mark as read' }).waitFor({ state: 'detached' });
	await page.getByRole('switch', { name: 'Unread' }).click();
	await who.sees('No results');
	await who.close();
});
