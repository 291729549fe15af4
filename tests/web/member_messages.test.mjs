// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// Messages between the staff and a member of the module membership, on both sides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { association } from './lib/association.mjs';
import { LOOKS } from './lib/browser.mjs';

for (const { name, ...look } of LOOKS)
	test(`the staff and a member write to each other (${name})`, async () => {
		const fr = name === 'phone';
		const { boss, mia, profile } = await association(look);
		const text = (who) => who.page.locator('#message');
		const write = async (who, body) => {
			await text(who).fill(body);
			await who.page.getByRole('button', { name: fr ? 'Envoyer' : 'Send', exact: true }).click();
			await who.page.getByRole('listitem').filter({ hasText: body }).waitFor();
			assert.equal(await text(who).inputValue(), '');
		};
		await boss.go(`/user_profiles/${profile.id}/show`);
		await boss.page.getByRole('tab', { name: 'Messages' }).click();
		await write(boss, 'Your <b>locker</b> is ready.');
		await mia.go('/');
		const entry = mia.page.getByRole('link', { name: /^Messages/ });
		await mia.page.getByLabel(fr ? 'Non lus : 1' : '1 unread').waitFor();
		await mia.looks(`messages-home-${name}`);
		await entry.click();
		await mia.sees('Your <b>locker</b> is ready.');
		await mia.page.getByText(fr ? /^Équipe/ : /^Staff/).waitFor();
		assert.equal(await mia.page.locator('b').count(), 0, 'no HTML');
		await mia.settled();
		assert.ok((await boss.call('/api/member_messages'))[0].read_at, 'what is shown is read');
		await write(mia, 'I come on Thursday.');
		await mia.looks(`messages-${name}`);
		await mia.go('/');
		await entry.waitFor();
		await mia.settled();
		assert.equal(await mia.page.getByLabel(/^\d+ unread$|^Non lus : \d+$/).count(), 0);
		await boss.go('/member_messages');
		await boss.sees('I come on Thursday.');
		if (!fr) {
			await boss.page.getByRole('menuitem', { name: /Member messages/ }).getByLabel('1 unread').waitFor();
			await boss.looks('messages-list');
		}
		const mails = boss.page.getByRole('switch', { name: fr ? 'E-mails sur les nouveaux messages' : 'Mails about new messages' });
		const wants = async () => (await boss.call('/api/user_notification_preferences')).map(({ member_messages }) => member_messages).sort();
		assert.ok(await mails.isChecked());
		for (const wanted of [false, true]) {
			await mails.click();
			await boss.page.getByText(wanted ? /^(You get|Vous recevez des)/ : /^(You get no|Vous ne recevez pas)/).waitFor();
			await boss.settled();
			assert.deepEqual([await mails.isChecked(), await wants()], [wanted, [wanted, true]]);
		}
		await boss.page.getByText('I come on Thursday.').first().click();
		await boss.page.getByRole('listitem').filter({ hasText: 'Your <b>locker</b> is ready.' }).waitFor();
		await boss.settled();
		await boss.looks(`messages-thread-${name}`);
		assert.ok((await boss.call('/api/member_messages')).every(({ read_at }) => read_at));
		if (!fr)
			await boss.page.getByLabel('1 unread').waitFor({ state: 'detached' });
		await mia.close();
		await boss.close();
	});

test('what could not be marked as read is marked when the list comes in again', async () => {
	const { boss, mia, profile } = await association({});
	mia.expect(/^500 POST \/api\/member_messages\/\d+\/read$/);
	await boss.call('/api/member_messages', { member_id: profile.id, body: 'Your locker is ready.' });
	let refused = 0, lists = 0;
	const path = '**/api/member_messages/*/read';
	await mia.page.route(path, (route) => {
		refused++;
		return route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"status":500,"title":"Internal error"}' });
	});
	await mia.go('/');
	await mia.page.getByRole('link', { name: /^Messages/ }).click();
	await mia.sees('Your locker is ready.');
	await mia.settled();
	assert.ok(refused > 0);
	assert.equal((await boss.call('/api/member_messages'))[0].read_at, null);
	await mia.page.unroute(path);
	mia.page.on('request', (rq) => { lists += /\/api\/member_messages\?/.test(rq.url()); });
	const marked = mia.page.waitForResponse((rs) => rs.request().method() === 'POST' && /\/member_messages\/\d+\/read$/.test(rs.url()));
	await mia.page.locator('#message').fill('I come on Thursday.');
	await mia.page.getByRole('button', { name: 'Send', exact: true }).click();
	assert.equal((await marked).status(), 200);
	await mia.settled();
	assert.ok((await boss.call('/api/member_messages')).find(({ from_member }) => !from_member).read_at);
	assert.equal(lists, 2, 'after the message, and after the mark');
	await mia.close();
	await boss.close();
});
