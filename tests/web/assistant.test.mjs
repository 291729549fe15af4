// stack: STACK_HOST=localhost SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_ASSISTANT_URL=%IDP%/v1 TENANTRY_PRIVATE_ASSISTANT=on
// The assistant: streamed answers, stopping, errors, and which key is used.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { long } from '../lib/api.mjs';
import { VISITS, demonstrator, member, seedDemo } from './lib/browser.mjs';
import { calls, model } from '../lib/model.mjs';

const llm = await model();
llm.refuse = 'Okafor'; // without embeddings, the full-text search finds rows immediately
after(() => llm.close());
before(seedDemo);

const log = (who) => who.page.getByRole('log');
const question = (who) => who.page.getByRole('textbox', { name: /Your question|Votre question/ });
const ask = async (who, text) => {
	await question(who).fill(text);
	await who.page.keyboard.press('Enter');
};

const ANSWER = `**Maya Okafor** is the one:

- she wants *first drafts*
- see [her page](https://okafor.example/x) or [this](javascript:alert(1))

<img src="https://evil.example/?leak"> ![a cat](https://evil.example/cat.png)

| Deal | Stage |
|---|---|
| Drafts | Won |
`;

for (const { name, ...look } of VISITS)
	long(`answers with sources and runs no script of the answer (${name})`, async () => {
		const who = await demonstrator({ ...look, locale: name === 'phone' ? 'fr-FR' : 'en-GB' });
		const [maya] = await who.call('/api/contacts?filter={"q":"okafor"}');
		llm.script = (messages) => messages.at(-1).role === 'tool' ? { text: ANSWER }
			: calls(['get_record', { resource: 'contacts', id: maya.id }], ['list_deals', { contact_id: maya.id }]);
		await who.go('/tasks');
		await who.page.getByRole('button', { name: 'Assistant', exact: true }).click();
		await who.page.locator('textarea:focus').waitFor();
		await who.looks(`assistant-empty-${name}`, { fullPage: false });
		await ask(who, 'Okafor');
		await log(who).getByRole('cell', { name: 'Won' }).waitFor();
		assert.equal(await log(who).locator('img').count(), 0);
		await log(who).getByText('<img src="https://evil.example/?leak"> a cat').waitFor();
		assert.deepEqual(await log(who).getByRole('link', { name: /her page|this/ }).evaluateAll(
			(all) => all.map((one) => one.href)), ['https://okafor.example/x']);
		await log(who).getByText(/Looked up: record, deals|Consulté : fiche, affaires/).waitFor();
		await who.looks(`assistant-${name}`, { fullPage: false });
		await log(who).getByRole('link', { name: 'Maya Okafor', exact: true }).click();
		await who.page.waitForURL(`**/contacts/${maya.id}/show`);
		await who.close();
	});

long('an answer is stopped and requested again, and the previous messages are sent', async () => {
	const who = await demonstrator();
	llm.pause = 50;
	llm.script = () => ({ text: 'on and on '.repeat(200) });
	await who.go('/');
	await who.page.getByRole('button', { name: 'Assistant', exact: true }).waitFor();
	await who.page.keyboard.press('Control+k');
	await who.page.getByRole('combobox', { name: 'Search' }).fill('zebras');
	await who.page.getByRole('option', { name: 'Ask the assistant: zebras' }).click();
	await log(who).getByText('on and on').waitFor();
	await who.press('Stop');
	await log(who).getByText('Stopped.').waitFor();
	llm.pause = 0;
	llm.script = () => ({ text: 'That is all.' });
	await ask(who, 'And?');
	await log(who).getByText('That is all.').waitFor();
	assert.deepEqual(llm.chats.at(-1).messages.slice(-3).map(({ role }) => role), ['user', 'assistant', 'user']);
	// The received part of an interrupted answer remains until the answer is requested again.
	await who.page.route('**/api/assistant/chat', (route) => route.fulfill({ contentType: 'text/event-stream',
		body: 'event: delta\ndata: {"content":"Half of an"}\n\nevent: del' }), { times: 1 });
	await ask(who, 'And then?');
	await log(who).getByRole('alert').filter({ hasText: 'can’t be reached' }).waitFor();
	await log(who).getByText('Half of an').waitFor();
	await who.press('Try again');
	await log(who).getByText('That is all.').nth(1).waitFor();
	await log(who).getByText('Half of an').waitFor({ state: 'detached' });
	await who.press('New conversation');
	await log(who).getByText('That is all.').first().waitFor({ state: 'detached' });
	await who.page.keyboard.press('Escape');
	await question(who).waitFor({ state: 'hidden' });
	assert.equal(await who.page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Assistant');
	await who.close();
});

test('next to a wide page, the assistant suggests a task, which is created after confirmation', async () => {
	const who = await demonstrator({ width: 1500 });
	const [maya] = await who.call('/api/contacts?filter={"q":"okafor"}');
	llm.script = (messages) => messages.at(-1).role === 'tool' ? { text: 'Shall I?' }
		: calls(['create_task', { contact_id: maya.id, text: 'Call about zebras', due_date: '2027-01-02' }]);
	const tasks = () => who.call('/api/tasks?filter={"text":"Call about zebras"}');
	await who.go('/');
	await who.page.getByRole('button', { name: 'Assistant', exact: true }).click();
	await ask(who, 'Remind me to call her');
	await log(who).getByText('Shall I?').waitFor();
	assert.deepEqual(await tasks(), []);
	await log(who).getByRole('link', { name: 'Maya Okafor' }).first().waitFor();
	await who.looks('assistant-proposal', { fullPage: false });
	await who.press('Confirm');
	await log(who).getByText('Done.').waitFor();
	assert.equal((await tasks()).length, 1);
	await ask(who, 'And once more');
	await log(who).getByText('Shall I?').nth(1).waitFor();
	await who.press('Dismiss');
	await log(who).getByText('Dismissed.').waitFor();
	assert.equal((await tasks()).length, 1);
	assert.deepEqual(await who.call('/api/assistant/proposals'), []);
	await who.close();
});

long('without a key, the assistant links to the key settings, and a refused key is reported', async () => {
	const who = await member();
	llm.status = 401;
	await who.go('/');
	await who.page.getByRole('button', { name: 'Assistant', exact: true }).click();
	await who.sees('No key is set for the model.');
	await ask(who, 'Hello?');
	await log(who).getByText('rejected the key').waitFor();
	await who.looks('assistant-refused', { fullPage: false });
	await log(who).getByRole('link', { name: 'Manage keys' }).click();
	await who.press('Add key');
	await who.fill({ Key: 'sk-own' });
	await who.press('Save');
	await who.sees(/^Saved$/);
	await who.go('/organization/general');
	await who.press('Add key');
	await who.fill({ Key: 'sk-org' });
	await who.press('Save');
	await who.sees(/^Saved$/);
	llm.status = 200;
	llm.script = () => ({ text: 'Yes.' });
	llm.keys.clear();
	await who.page.keyboard.press('Control+i');	// the bar with the button hides while the page is scrolled
	await ask(who, 'Hello?');
	await log(who).getByText('Yes.').waitFor();
	assert.ok(llm.keys.has('Bearer sk-own'));
	await who.page.keyboard.press('Escape');
	await who.press('Remove');
	await who.sees('Deleted');
	assert.deepEqual((await who.call('/api/assistant/status')).keys, { own: true, organization: false });
	// If the provider is unreachable, the question can be sent again.
	llm.status = 500;
	await who.page.keyboard.press('Control+i');
	await ask(who, 'And now?');
	await log(who).getByText('The assistant is unavailable').waitFor();
	llm.status = 200;
	await who.press('Try again');
	await log(who).getByText('Yes.').nth(1).waitFor();
	await who.close();
});
