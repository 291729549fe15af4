// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off
// long: api/membership/messages tests the rules.
// Messages between the staff and a member in the membership module, on both sides.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { association } from './lib/association.mjs';
import { VISITS } from './lib/browser.mjs';

for (const { name, ...look } of VISITS)
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
		await boss.page.getByRole('button', { name: 'Messages', expanded: false }).click();
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
		const mails = boss.page.getByRole('switch', { name: fr ? 'E-mails sur les nouveaux messages' : 'Emails about new messages' });
		const wants = async () => (await boss.call('/api/user_notification_preferences')).map(({ member_messages }) => member_messages).sort();
		assert.ok(await mails.isChecked());
		for (const wanted of [false, true]) {
			await mails.click();
			await boss.page.getByText(wanted ? /^(You get|Vous recevez des)/ : /^(You get no|Vous ne recevez pas)/).waitFor();
			await boss.settled();
			assert.deepEqual([await mails.isChecked(), await wants()], [wanted, [wanted, true]]);
		}
		// The page states that all emails of the module are stopped. The statement disappears when the emails are
		// resumed.
		const { user_id } = await boss.call('/api/me');
		const [{ id }] = await boss.call(`/api/user_profiles?filter=${encodeURIComponent(JSON.stringify({ user_id }))}`);
		const own = `/api/user_notification_preferences/${id}`;
		const state = async () => {
			await boss.settled();
			const { email, member_messages, muted_until } = await boss.call(own);
			return [await mails.isChecked(), await mails.isEnabled(), email, member_messages, muted_until !== null];
		};
		const hints = () => mails.evaluate((input) => (input.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean).map((to) => document.getElementById(to).textContent));
		const put = async (change) => {
			await boss.call(own, change, 'PATCH');
			await boss.page.reload();
			await mails.waitFor();
		};
		await put({ email: false, muted_until: '2099-01-15T12:00:00Z' });
		assert.deepEqual(await state(), [false, false, false, true, true]);
		const [none, paused] = await hints();
		assert.match(none, fr ? /^Tous vos e-mails .* désactivés/ : /^You get no mails/);
		assert.match(paused, fr ? /suspendus jusqu’au 15 janv\. 2099/ : /paused until 15 Jan 2099/);
		await boss.looks(`messages-mails-stopped-${name}`);
		await boss.press(fr ? 'Activer tous les e-mails du module' : 'Turn on all emails from the module');
		await boss.sees(fr ? 'Tous les e-mails du module sont activés' : 'All emails from the module are on');
		assert.deepEqual([await state(), await hints()], [[false, false, true, true, true], [paused]]);
		await boss.press(fr ? 'Mettre fin à la pause de tous les e-mails' : 'Resume all emails');
		await boss.sees(fr ? 'La pause est terminée' : 'Emails resumed');
		assert.deepEqual([await state(), await hints()], [[true, true, true, true, false], []]);
		await put({ member_messages: false, muted_until: '2020-01-01T00:00:00Z' });
		assert.deepEqual([await state(), await hints()], [[false, true, true, false, true], []], 'a pause that has ended stops nothing');
		const [sent] = await Promise.all([boss.page.waitForRequest((rq) => rq.method() === 'PATCH'), mails.click()]);
		assert.deepEqual(sent.postDataJSON(), { member_messages: true });
		assert.deepEqual(await state(), [true, true, true, true, true]);
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

test('a message that could not be marked as read is marked when the list is loaded again', async () => {
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
