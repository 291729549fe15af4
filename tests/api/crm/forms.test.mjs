// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off STACK_PROXIES=127.0.0.1
// Forms. Pages from certain origins create contacts with a publishable key, a proof of work, a list of fields, and
// consent.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { ask, owner, query, sleep, sql } from '../../lib/api.mjs';

const ORIGIN = 'https://www.example.org';
let who, other;

before(async () => {
	who = await owner('Forms');
	other = await owner('Strangers');
});

const admin = (method, path, body, by = who) => ask(method, `/api/forms${path}`, { token: by.token, body });
async function makeForm(body = {}) {
	const rs = await admin('POST', '', { name: 'Leads', origins: [ORIGIN], fields: ['first_name', 'last_name', 'email', 'phone', 'company', 'message'], ...body });
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
}

let clients = 0;
const client = () => `10.1.${clients >> 8 & 255}.${++clients & 255}`;
const at = (form, path = '') => `/api/submissions/${form.key}${path}`;
const visit = (form, { origin = ORIGIN, address = client() } = {}) => ask('GET', at(form), { headers: { ...origin && { origin }, 'x-forwarded-for': address } });
const bitsOf = (text) => Math.clz32(createHash('sha256').update(text).digest().readUInt32BE(0));
function prove({ challenge, bits }) {
	for (let n = 0; ; n++)
		if (bitsOf(`${challenge}:${n}`) >= bits)
			return `${challenge}:${n}`;
}
// Returns a form's offer with a challenge that is a few seconds old, as for a visitor who has filled in the form.
async function offerOf(form) {
	const offer = (await visit(form)).json;
	await sleep(2100);
	return offer;
}
const send = (form, body, { origin = ORIGIN, address = client(), headers = {} } = {}) => ask('POST', at(form),
	{ headers: { ...origin && { origin }, 'x-forwarded-for': address, ...headers }, body });
async function submit(form, body, options) {
	return send(form, { proof: prove(await offerOf(form)), ...body }, options);
}
let visitors = 0;
const address = () => `visitor.${++visitors}.${process.pid}@visitors.test`;
const contacts = async (email, by = who) => (await ask('GET', `/api/contacts${query({ filter: { 'email_fts@ilike': email } })}`, { token: by.token })).json;
const notes = async (id) => (await ask('GET', `/api/contact_notes${query({ filter: { contact_id: id }, sort: ['id', 'ASC'] })}`, { token: who.token })).json;

test('an administrator creates a form, which only its origins can read', async () => {
	const form = await makeForm({ required: ['last_name'], consent: 'I agree.', origins: [ORIGIN, 'http://127.0.0.1:5173'] });
	assert.match(form.key, /^publishable_[A-Za-z0-9]{64}$/);
	assert.deepEqual([form.required, form.duplicates, form.confirm, form.enabled], [['email', 'last_name'], 'keep', false, true]);
	const shown = await visit(form);
	assert.equal(shown.status, 200, shown.text);
	const { challenge, bits, ...offer } = shown.json;
	assert.ok(challenge && bits >= 10);
	assert.deepEqual(offer, { name: 'Leads', fields: form.fields, required: form.required, consent: 'I agree.', confirm: false, language: 'en', inputs: {} });
	assert.equal(shown.headers['access-control-allow-origin'], ORIGIN);
	assert.equal(shown.headers['access-control-allow-credentials'], undefined);
	assert.match(shown.headers.ratelimit, /^"key";r=\d+;t=\d+$/);
	assert.match(shown.headers['ratelimit-policy'], /^"key";q=20;w=60(,|$)/);
	const foreign = await visit(form, { origin: 'https://evil.example' });
	assert.deepEqual([foreign.status, foreign.json.code, foreign.headers['access-control-allow-origin']], [403, 'form_origin', undefined]);
	const preflight = await ask('OPTIONS', at(form), { headers: { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } });
	assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [204, ORIGIN]);
	// Other routes do not respond to pages from that origin.
	const elsewhere = await ask('OPTIONS', '/api/contacts', { headers: { origin: ORIGIN, 'access-control-request-method': 'GET' } });
	assert.equal(elsewhere.headers['access-control-allow-origin'], undefined);
	assert.deepEqual((await admin('GET', '')).json.find(({ id }) => id === form.id), { ...form, last_request: (await admin('GET', '')).json.find(({ id }) => id === form.id).last_request });
});

test('an invalid form is refused with the member, and only administrators of its organization can change a form', async () => {
	for (const [body, field] of [[{ origins: [] }, 'origins'], [{ origins: ['https://x.test/path'] }, 'origins.0'], [{ origins: ['https://X.test'] }, 'origins.0'],
		[{ origins: ['*'] }, 'origins.0'], [{ origins: ['https://x.test:443'] }, 'origins.0'], [{ origins: 'https://x.test' }, 'origins'], [{ fields: ['last_name'] }, 'fields'],
		[{ fields: ['email', 'sales_id'] }, 'fields.1'], [{ required: ['title'] }, 'required.0'], [{ duplicates: 'merge' }, 'duplicates'], [{ language: 'de' }, 'language'],
		[{ consent: '' }, 'consent'], [{ tags: [4711] }, 'tags.0'], [{ name: 'x'.repeat(33) }, 'name'], [{ colour: 1 }, 'colour']]) {
		const rs = await admin('POST', '', { name: 'Bad', origins: [ORIGIN], fields: ['email'], ...body });
		assert.ok([400, 422].includes(rs.status), `${JSON.stringify(body)}: ${rs.text}`);
		assert.deepEqual(Object.keys(rs.json.errors), [field], rs.text);
	}
	const form = await makeForm();
	for (const [method, body] of [['PATCH', { name: 'theirs' }], ['DELETE']])
		assert.equal((await admin(method, `/${form.id}`, body, other)).status, 404);
	assert.ok(!(await admin('GET', '', undefined, other)).json.some(({ id }) => id === form.id));
	const changed = await admin('PATCH', `/${form.id}`, { name: 'Renamed', origins: ['https://b.example.org'], consent: 'Yes' });
	assert.deepEqual([changed.json.name, changed.json.origins, changed.json.consent, changed.json.fields], ['Renamed', ['https://b.example.org'], 'Yes', form.fields]);
	assert.equal((await visit(form)).status, 403);
	assert.equal((await admin('PATCH', `/${form.id}`, { enabled: false })).status, 200);
	// The pages of the form can read the refusal of its key. Other pages cannot.
	for (const [page, origin, readable] of [[visit, 'https://b.example.org', true], [send, 'https://b.example.org', true], [visit, ORIGIN, false], [send, ORIGIN, false]]) {
		const rs = page === visit ? await visit(form, { origin }) : await send(form, { fields: {}, proof: 'x' }, { origin });
		assert.deepEqual([rs.status, rs.json.code, rs.headers['access-control-allow-origin']], [401, 'key_disabled', readable ? origin : undefined]);
	}
	assert.equal((await admin('DELETE', `/${form.id}`)).status, 200);
	assert.equal((await visit(form)).json.code, 'invalid_key');
	// The key grants no other access. It cannot be rotated, because it is not a secret.
	const { key, id } = await makeForm();
	assert.equal((await ask('POST', '/api/contacts', { headers: { 'x-api-key': key }, body: { last_name: 'x' } })).json.code, 'publishable_key');
	assert.match((await ask('POST', '/api/auth/api-key/rotate', { token: who.token, body: { keyId: id } })).json.message, /form/);
});

test('a submission becomes a contact of the service account, with a note that contains the message and the consent', async () => {
	const tag = (await ask('POST', '/api/tags', { token: who.token, body: { name: `form ${process.pid}`, color: '#abc' } })).json;
	const form = await makeForm({ consent: 'I agree to be called.', tags: [tag.id] });
	const email = address();
	const rs = await submit(form, { consent: true, fields: { first_name: ' Vera ', last_name: 'Visitor', email: email.toUpperCase(), phone: '+33 1 23', company: 'Visitors Ltd',
		message: 'Please call me.' } });
	assert.deepEqual([rs.status, rs.json], [202, { state: 'received' }], rs.text);
	assert.equal(rs.headers['access-control-allow-origin'], ORIGIN);
	const [contact, ...more] = await contacts(email);
	assert.deepEqual(more, []);
	assert.deepEqual([contact.first_name, contact.last_name, contact.company_name, contact.tags, contact.email_jsonb, contact.phone_jsonb],
		['Vera', 'Visitor', 'Visitors Ltd', [tag.id], [{ email, type: 'Work' }], [{ number: '+33 1 23', type: 'Work' }]]);
	const [{ text }] = await notes(contact.id);
	assert.match(text, /^Please call me\.\n\nForm “Leads” on https:\/\/www\.example\.org, \d{4}-\d\d-\d\d \d\d:\d\d UTC\n\nConsent: I agree to be called\.$/);
	assert.equal((await ask('GET', `/api/sales/${contact.sales_id}`, { token: who.token })).json.first_name, 'Forms');
	assert.deepEqual(await contacts(email, other), []);
	const refused = await submit(form, { fields: { email: address() } });
	assert.deepEqual([refused.status, refused.json.errors], [422, { consent: 'consent: must be true: the form asks for consent' }]);
});

test('all faults of a submission are reported at once', async () => {
	const form = await makeForm({ consent: 'I agree.', required: ['last_name'] });
	const sent = async (body) => {
		const { status, json } = await ask('POST', at(form), { headers: { origin: ORIGIN }, body });
		assert.ok([400, 422].includes(status), JSON.stringify(json));
		assert.equal(Object.keys(json.errors).length < 2 || json.faults.length === Object.keys(json.errors).length, true);
		return Object.keys(json.errors).sort();
	};
	const fields = { email: 'nope', title: 'z', zz: '1' }, proof = prove(await offerOf(form));
	assert.ok(!form.fields.includes('zz'));
	const wrong = Object.keys(fields).filter((name) => name === 'email' || !form.fields.includes(name)).map((name) => `fields.${name}`);
	assert.deepEqual(await sent({ fields, proof, consent: 'yes' }), ['consent', 'fields.last_name', ...wrong].sort());
	assert.deepEqual(await sent({ fields, proof, consent: 'yes', more: 1 }), ['consent', 'fields.last_name', 'more', ...wrong].sort());
	assert.deepEqual(await sent({ fields, proof }), ['consent', 'fields.last_name', ...wrong].sort());
	assert.deepEqual(await sent({ fields, proof, consent: true }), ['fields.last_name', ...wrong].sort());
});

test('without the proof of work, the fields of a submission are not checked', async () => {
	const form = await makeForm({ consent: 'I agree.', required: ['last_name'] }), fields = { email: 'nope', zz: '1' };
	for (const [body, paths] of [[{ fields }, ['proof']], [{ fields, proof: 'x' }, ['proof']], [{ fields, consent: true, proof: 'x:1' }, ['proof']], [{ fields, proof: 7 }, ['proof']],
		[{ fields, proof: 'x', consent: 'yes', more: 1 }, ['consent', 'more', 'proof']], [{ fields: 'x', consent: 'yes' }, ['consent', 'fields', 'proof']], [{}, ['fields', 'proof']]]) {
		const rs = await send(form, body);
		assert.ok([400, 422].includes(rs.status), rs.text);
		assert.deepEqual(Object.keys(rs.json.errors).sort(), paths, rs.text);
	}
});

// Custom contact fields, by key.
const define = async (key, definition) => {
	const rs = await ask('POST', '/api/field_definitions', { token: who.token, body: { resource: 'contacts', key, label: key, ...definition } });
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};

test('a form offers the custom fields that it contains, and checks their kinds', async () => {
	await define('size', { kind: 'integer', minimum: 1, maximum: 9, label: 'Team size', labels: { fr: 'Effectif' }, help: 'Without you' });
	await define('plan', { kind: 'choice', choices: ['basic', 'pro'] });
	await define('topics', { kind: 'choices', choices: ['a', 'b', 'c'] });
	await define('begins', { kind: 'date' });
	await define('call', { kind: 'boolean' });
	await define('hidden', { kind: 'text' });
	for (const [key, definition] of [['code', { kind: 'text', is_unique: true }], ['double', { kind: 'number', formula: 'size * 2' }], ['person', { kind: 'person' }],
		['moment', { kind: 'time' }], ['absent', null]]) {
		if (definition)
			await define(key, definition);
		const rs = await admin('POST', '', { name: 'Bad', origins: [ORIGIN], fields: ['email', `custom.${key}`] });
		assert.deepEqual([rs.status, rs.json.code], [422, 'form_field'], `${key}: ${rs.text}`);
	}
	const names = ['size', 'plan', 'topics', 'begins', 'call'].map((key) => `custom.${key}`);
	const form = await makeForm({ fields: ['email', ...names], required: ['custom.plan'], language: 'fr', duplicates: 'update' });
	assert.deepEqual(form.fields, ['email', ...names]);
	const offer = (await visit(form)).json;
	assert.deepEqual([offer.fields, offer.required], [form.fields, ['custom.plan', 'email']]);
	assert.deepEqual(Object.keys(offer.inputs).sort(), [...names].sort());
	assert.deepEqual(offer.inputs['custom.size'], { label: 'Effectif', kind: 'integer', help: 'Without you', minimum: 1, maximum: 9 });
	assert.deepEqual(offer.inputs['custom.plan'], { label: 'plan', kind: 'choice', choices: ['basic', 'pro'] });

	const email = address(), proof = prove(await offerOf(form));
	const refused = await send(form, { proof, fields: { email, 'custom.size': '12', 'custom.topics': ['d'], 'custom.begins': '1 May', 'custom.call': 'yes',
		'custom.hidden': 'x', 'custom.code': 'y' } });
	assert.deepEqual([refused.status, Object.fromEntries(refused.json.faults.map(({ path, code }) => [path, code]))], [422, { 'fields.custom.size': 'number_out_of_bounds', 'fields.custom.plan': 'required',
		'fields.custom.topics': 'not_one_of', 'fields.custom.begins': 'value_date', 'fields.custom.call': 'value_boolean',
		'fields.custom.hidden': 'unknown_property', 'fields.custom.code': 'unknown_property' }], refused.text);
	assert.match(refused.json.errors['fields.custom.size'], /1[^]*9/);
	assert.doesNotMatch(refused.text, /custom\.hidden, |, custom\.hidden"/);	// the list of the form's fields
	const rs = await send(form, { proof, fields: { email, 'custom.size': '4', 'custom.plan': 'pro', 'custom.topics': ['c', 'a'], 'custom.begins': '2030-05-01', 'custom.call': true } });
	assert.equal(rs.status, 202, rs.text);
	const [contact] = await contacts(email);
	assert.deepEqual({ size: 4, plan: 'pro', topics: ['a', 'c'], begins: '2030-05-01', call: true }, Object.fromEntries(Object.entries(contact.custom).filter(([key]) => key !== 'double')));

	// Existing values are kept.
	await submit(form, { fields: { email, 'custom.size': 5, 'custom.plan': 'basic', 'custom.begins': '' } });
	assert.deepEqual([(await contacts(email))[0].custom.size, (await contacts(email))[0].custom.plan], [4, 'pro']);
});

test('a deleted custom field is removed from its form, and a required field that a form lacks does not block submissions', async () => {
	const gone = await define('gone', { kind: 'text' });
	const must = await define('must', { kind: 'text', required: true });
	const form = await makeForm({ fields: ['email', 'custom.gone', 'custom.hidden'], required: ['custom.gone'] });
	assert.equal((await ask('DELETE', `/api/field_definitions/${gone.id}`, { token: who.token })).status, 200);
	const offer = (await visit(form)).json;
	assert.deepEqual([offer.fields, offer.required, Object.keys(offer.inputs)], [['email', 'custom.hidden'], ['email'], ['custom.hidden']]);
	assert.equal((await admin('PATCH', `/${form.id}`, { name: 'Still' })).status, 200);
	assert.equal((await admin('PATCH', `/${form.id}`, { fields: form.fields })).json.code, 'form_field');
	const email = address();
	assert.equal((await submit(form, { fields: { email, 'custom.hidden': 'seen' } })).status, 202);
	const [contact] = await contacts(email);
	assert.deepEqual([contact.custom.hidden, contact.custom.must], ['seen', undefined]);
	assert.equal((await ask('POST', '/api/contacts', { token: who.token, body: { last_name: 'x' } })).status, 422, 'other ways need it');
	assert.equal((await ask('DELETE', `/api/field_definitions/${must.id}`, { token: who.token })).status, 200);
});

test('all faults of a submission are named, and the proof can be sent again', async () => {
	const form = await makeForm({ required: ['last_name', 'message'] });
	const body = { proof: prove(await offerOf(form)) };
	const rs = await send(form, { ...body, fields: { email: 'nobody', first_name: 'x'.repeat(201), phone: 7, sales_id: '1', message: ' ' } });
	assert.equal(rs.status, 422, rs.text);
	assert.deepEqual(Object.keys(rs.json.errors).sort(), ['fields.email', 'fields.first_name', 'fields.last_name', 'fields.message', 'fields.phone', 'fields.sales_id']);
	assert.equal(rs.headers['access-control-allow-origin'], ORIGIN);
	const email = address();
	assert.equal((await send(form, { ...body, fields: { email, last_name: 'x', message: 'y' } })).status, 202);
	const again = await send(form, { ...body, fields: { email, last_name: 'x', message: 'y' } });
	assert.deepEqual([again.status, again.json.code], [409, 'form_proof_used'], again.text);
	assert.equal((await contacts(email)).length, 1);
});

test('thousands of unknown fields are refused with 50 faults, after the proof of work', async () => {
	const form = await makeForm({ required: ['last_name', 'message'], consent: 'I agree.' });
	const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`${'unknown'.repeat(10)}${n}`, null]));
	const rs = await submit(form, { fields });
	assert.equal(rs.status, 422, rs.text);
	assert.ok(rs.json.faults.length <= 50, `${rs.json.faults.length}`);
	assert.ok(rs.json.faults.filter((f) => f.code === 'unknown_property').length >= 40, rs.text);
	assert.deepEqual(Object.keys((await send(form, { proof: 'x', fields })).json.errors), ['proof']);
});

test('a submission without work, with work for another form, or within a second is refused, and one by a program is discarded', async () => {
	const form = await makeForm(), fields = () => ({ email: address(), last_name: 'Bot' });
	const fast = (await visit(form)).json;
	assert.equal((await send(form, { fields: fields(), proof: prove(fast) })).json.code, 'form_too_fast');
	const offer = await offerOf(form);
	let n = 0;
	while (bitsOf(`${offer.challenge}:${n}`) >= offer.bits)
		n++;
	for (const proof of [`${offer.challenge}:${n}`, offer.challenge, 'x:1', prove(await offerOf(await makeForm()))])
		assert.equal((await send(form, { fields: fields(), proof })).json.code, 'form_proof', proof);
	const trapped = fields();
	const rs = await send(form, { fields: trapped, proof: prove(offer), leave_empty: 'https://spam.example' });
	assert.deepEqual([rs.status, rs.json], [202, { state: 'received' }]);
	assert.deepEqual(await contacts(trapped.email), []);
	for (const origin of [null, 'https://evil.example', 'null'])
		assert.equal((await send(form, { fields: fields(), proof: 'x' }, { origin })).json.code, 'form_origin', origin);
	// A cookie makes no difference.
	const cookie = await send(form, { fields: fields(), proof: 'x:1' }, { headers: { cookie: 'better-auth.session_token=x' } });
	assert.equal(cookie.json.code, 'form_proof', cookie.text);
});

test('a contact with the same address is kept, completed or created again, as the form defines, and the response does not reveal it', async () => {
	const email = address();
	const made = await ask('POST', '/api/contacts', { token: who.token, body: { last_name: 'Known', email_jsonb: [{ email, type: 'Work' }] } });
	const fields = { email, first_name: 'Kim', last_name: 'Other', phone: '123', message: 'Hello' };
	const read = async () => (await ask('GET', `/api/contacts/${made.json.id}`, { token: who.token })).json;
	for (const [duplicates, expected, count] of [['keep', [null, 'Known', []], 1], ['update', ['Kim', 'Known', [{ number: '123', type: 'Work' }]], 1], ['create', ['Kim', 'Known', [{ number: '123', type: 'Work' }]], 2]]) {
		const rs = await submit(await makeForm({ duplicates }), { fields });
		assert.deepEqual([rs.status, rs.json], [202, { state: 'received' }], rs.text);
		const row = await read();
		assert.deepEqual([row.first_name, row.last_name, row.phone_jsonb ?? []], expected, duplicates);
		assert.equal((await contacts(email)).length, count, duplicates);
	}
	assert.equal((await notes(made.json.id)).length, 2);
	// The organization's setting for duplicate contacts applies to forms, too.
	const { config } = (await ask('GET', '/api/configuration/1', { token: who.token })).json;
	assert.equal((await ask('PATCH', '/api/configuration/1', { token: who.token, body: { config: { ...config, uniqueContactEmails: 'refuse' } } })).status, 200);
	const rs = await submit(await makeForm({ duplicates: 'create' }), { fields });
	assert.equal(rs.status, 202, rs.text);
	assert.equal((await contacts(email)).length, 2);
});

test('with a confirmation, the contact is created when the emailed link is followed, which works once', async () => {
	const form = await makeForm({ confirm: true, consent: 'Send me news.', language: 'fr' });
	const email = address();
	const rs = await submit(form, { consent: true, fields: { email, last_name: 'Later' } });
	assert.deepEqual([rs.status, rs.json], [202, { state: 'confirm' }], rs.text);
	assert.deepEqual(await contacts(email), []);
	const [[data, language]] = sql(`SELECT data, language FROM ops.mail WHERE recipient = '${email}' AND template = 'form-confirm'`);
	const { url, form: named } = JSON.parse(data);
	assert.deepEqual([named, language], ['Leads', 'fr']);
	const link = new URL(url).pathname + new URL(url).search;
	// A program that only opens emailed links does not confirm a submission.
	const page = await ask('GET', link, { headers: { accept: 'text/html' } });
	assert.equal(page.status, 200, page.text);
	assert.match(page.text, /<form method="post"/);
	assert.deepEqual(await contacts(email), []);
	assert.equal((await ask('POST', at(await makeForm(), `/confirm?token=${new URL(url).searchParams.get('token')}`))).status, 404);
	const rest = await submit(form, { consent: true, fields: { email, last_name: 'Later' } });
	assert.equal(rest.status, 202);
	const [[second]] = sql(`SELECT data FROM ops.mail WHERE recipient = '${email}' AND template = 'form-confirm' ORDER BY id DESC LIMIT 1`);
	const again = new URL(JSON.parse(second).url);
	const done = await ask('POST', again.pathname + again.search, { headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'null' } });
	assert.deepEqual([done.status, /Thank you|Merci/.test(done.text)], [200, true], done.text);
	const [contact] = await contacts(email);
	assert.match((await notes(contact.id))[0].text, /Consentement : Send me news\.\n\nAdresse confirmée le/);
	const used = await ask('POST', again.pathname + again.search);
	assert.deepEqual([used.status, used.json.code], [404, 'form_link_used'], used.text);
});

test('submissions are limited per minute and network, and emails per hour and mailbox', async () => {
	const form = await makeForm({ confirm: true });
	const from = '203.0.113.77';
	const answers = await Promise.all(Array.from({ length: 24 }, () => visit(form, { address: from })));
	assert.deepEqual([answers.filter((rs) => rs.status === 200).length, answers.filter((rs) => rs.status === 429).length], [20, 4]);
	const over = answers.find((rs) => rs.status === 429);
	assert.equal(over.json.code, 'key_too_often');
	assert.match(over.headers.ratelimit, /^"key";r=0;t=\d+$/);
	assert.equal(over.headers['access-control-allow-origin'], ORIGIN);
	assert.match(over.headers['access-control-expose-headers'], /Retry-After/);
	const foreign = await visit(form, { address: from, origin: 'https://evil.example' });
	assert.deepEqual([foreign.status, foreign.headers['access-control-allow-origin']], [429, undefined]);
	assert.equal((await visit(form, { address: '203.0.113.78' })).status, 200);
	const email = address(), states = [];
	for (let n = 0; n < 6; n++)
		states.push((await visit(form)).json);
	await sleep(2100);
	const sent = [];
	for (const offer of states)
		sent.push((await send(form, { fields: { email, last_name: 'x' }, proof: prove(offer) })).status);
	assert.deepEqual(sent, [202, 202, 202, 202, 202, 429]);
	assert.equal(Number(sql(`SELECT count(*) FROM ops.mail WHERE recipient = '${email}'`)[0][0]), 5);
});

test('a form asks for the members of an address', async () => {
	await define('site', { kind: 'address', label: 'Site', labels: { fr: 'Chantier' } });
	await define('photo', { kind: 'file' });
	assert.equal((await admin('POST', '', { name: 'Bad', origins: [ORIGIN], fields: ['email', 'custom.photo'] })).json.code, 'form_field');
	const form = await makeForm({ fields: ['email', 'custom.site'], required: ['custom.site'], language: 'fr', duplicates: 'update' });
	const { parts, ...input } = (await visit(form)).json.inputs['custom.site'];
	assert.deepEqual(input, { label: 'Chantier', kind: 'address' });
	assert.deepEqual(parts.map(({ name }) => name), ['address', 'zipcode', 'city', 'state_abbr', 'country']);
	assert.deepEqual([parts[2].label, parts[4].label], ['Ville', 'Pays']);

	const email = address(), proof = prove(await offerOf(form)), faults = async (site) => {
		const rs = await send(form, { proof, fields: { email, 'custom.site': site } });
		assert.equal(rs.status, 422, rs.text);
		return { [Object.keys(rs.json.errors).join()]: rs.json.code };
	};
	assert.deepEqual(await faults({ city: ' ', country: null }), { 'fields.custom.site': 'required' });
	assert.deepEqual(await faults({ town: 'Lyon' }), { 'fields.custom.site.town': 'not_one_of' });
	assert.deepEqual(await faults({ city: 'x'.repeat(501) }), { 'fields.custom.site.city': 'too_many_characters' });
	assert.deepEqual(await faults('Lyon'), { 'fields.custom.site': 'not_an_object' });
	assert.deepEqual(await faults([]), { 'fields.custom.site': 'required' });
	const rs = await send(form, { proof, fields: { email, 'custom.site': { city: ' Lyon ', country: '' } } });
	assert.equal(rs.status, 202, rs.text);
	assert.deepEqual((await contacts(email))[0].custom.site, { city: 'Lyon' });
	// An existing address is kept.
	await submit(form, { fields: { email, 'custom.site': { city: 'Paris', country: 'France' } } });
	assert.deepEqual((await contacts(email))[0].custom.site, { city: 'Lyon' });
});
