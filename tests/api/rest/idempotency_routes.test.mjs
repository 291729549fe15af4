// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TENANTRY_PROVIDERS=idp TENANTRY_PROVIDER_IDP_ISSUER=https://idp.test TENANTRY_PROVIDER_IDP_CLIENT_ID=x
// own stack: it counts the rows of all organizations.
// Special routes with an Idempotency-Key. A repeated request returns the same bytes and runs once, even if it is
// concurrent, and a different request with the key is refused. A new unsafe route must be listed here.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { PASSWORD, ask, openapi, operations, owner, sql }
	from '../../lib/api.mjs';
import { lastMail } from '../../lib/mail.mjs';
import { alertOf, approveIdentity, sample, switchModules } from '../../lib/rows.mjs';

let who, document, rule, made = 0;

before(async () => {
	who = await owner('Routes');
	await switchModules(who, true);
	document = await openapi();
});

async function post(path, body, expected = 201) {
	const rs = await ask('POST', path, { token: who.token, body });
	assert.equal(rs.status, expected, rs.text);
	return rs.json;
}

const mark = () => `route ${++made}`;
const row = (resource, others) =>
	post(`/api/${resource}`, sample(resource, mark(), others));
const contact = async () => row('contacts',
	{ companies: await row('companies'), tags: await row('tags') });
const deal = async (more) => post('/api/deals',
	{ name: mark(), stage: 'opportunity', ...more });
const membership = async () => row('user_memberships', { user_profiles: await row('user_profiles') });
const profile = async () => ({ user_profiles: await row('user_profiles') });
// Creates a payment, and performs these actions.
const payment = async (...actions) => {
	const of = await profile();
	const { id } = await row('user_payments', { ...of, user_payment_methods: await row('user_payment_methods', of) });
	for (const action of actions)
		await post(`/api/user_payments/${id}/${action}`, {}, 200);
	return { id };
};
// Creates a payout that another user has requested, and performs these actions.
const payout = async (...actions) => {
	const of = await profile();
	const { id } = await row('user_payouts', { payout_accounts: await row('payout_accounts', of) });
	approveIdentity(of.user_profiles.id);
	sql(`SET session_replication_role = replica; UPDATE membership.user_payouts SET requested_by = 'x' WHERE id = ${id}`);
	for (const action of actions)
		await post(`/api/user_payouts/${id}/${action}`, {}, 200);
	return { id };
};
const bank = async () => (await post('/api/payout_accounts', { organization: true, holder: 'x', iban: 'DE89370400440532013000' })).id;
const dispute = async () => row('disputes', { user_payouts: await payout() });
const provider = { key: 'sk_test_1234', signing_secret: 'whsec_1234' };
// Creates a verification with evidence, and performs these actions.
const verification = async (...actions) => {
	const { id } = await post('/api/kyc_verification', { member_id: (await row('user_profiles')).id, document_type: 'passport', country: 'FR' });
	await post(`/api/kyc_evidence?verification_id=${id}&kind=front`, mark());
	for (const action of actions)
		await post(`/api/kyc_verification/${id}/${action}`, { reason: 'x' }, 200);
	return { id, body: { reason: 'y' } };
};
// Creates an alert, and performs these actions.
const alert = async (...actions) => {
	rule ??= await row('monitoring_rules');
	const { id } = await alertOf(who, await profile());
	for (const action of actions)
		await post(`/api/admin_alerts/${id}/${action}`, {}, 200);
	return { id, body: {} };
};
const merged = async () => {
	const [winner, loser] = [await contact(), await contact()];
	return { winnerId: winner.id, loserId: loser.id };
};
const trashed = async () => {
	const { id } = await contact();
	await ask('DELETE', `/api/contacts/${id}`, { token: who.token });
	const rs = await ask('GET', '/api/trash?filter='
		+ encodeURIComponent(JSON.stringify({ row_id: id })),
	{ token: who.token });
	return rs.json[0].id;
};
// tenantry-jobs is not running here, so the import keeps its state.
const imported = async (...turns) => {
	const { id } = await post('/api/imports', `last_name\n${mark()}\n`);
	for (const turn of turns)
		await post(`/api/imports/${id}/${turn}`, undefined, 200);
	return id;
};
const user = async () => post('/api/sales', { email: `${mark().replace(' ', '.')}`
	+ '@routes.test', first_name: 'Ro', last_name: 'Ute' });

const proposal = async () => (await post('/api/assistant/tools/add_note',
	{ contact_id: (await contact()).id, text: 'x' }, 200)).id;

const group = () => ({ provider_id: 'idp', group_name: mark(), role: 'member' });

// The number of webhooks in an organization is limited.
let hook;
const webhook = async () => (hook ??= (await row('webhooks')).id);

// One request for each route, on rows that no other test uses.
const recipes = {
	'POST /api/batch': async () => ({ body: { operations: [
		{ method: 'POST', resource: 'companies', data: { name: mark() } },
		{ method: 'POST', resource: 'contacts',
			data: { last_name: mark(), company_id: { $ref: 0 } } }] } }),
	'PUT /api/assistant/key': async () => ({ body: { key: 'k' } }),
	'DELETE /api/assistant/key': async () => ({}),
	'PUT /api/assistant/organization_key': async () => ({ body: { key: 'k' } }),
	'DELETE /api/assistant/organization_key': async () => ({}),
	'POST /api/assistant/tools/{id}': async () => ({ id: 'add_note',
		body: { contact_id: (await contact()).id, text: 'x' } }),
	'POST /api/assistant/proposals/{id}/confirm': async () => ({ id: await proposal() }),
	'DELETE /api/assistant/proposals/{id}': async () => ({ id: await proposal() }),
	'POST /api/merge_contacts': async () => ({ body: await merged() }),
	'POST /api/duplicates/check': async () => ({ body: {
		resource: 'contacts', id: (await contact()).id } }),
	'POST /api/tags/bulk': async () => ({ body: { ids: [(await post('/api/tags',
		{ name: `bulk ${Math.random()}`, color: '#000' })).id], set: { color: '#fff' } } }),
	'POST /api/bulk_changes/{id}/undo': async () => ({
		id: (await post('/api/tags/bulk', { ids: [], delete: true }, 200)).id }),
	'POST /api/merges/{id}/undo': async () => ({
		id: (await post('/api/merge_contacts', await merged(), 200)).mergeId }),
	'POST /api/field_definitions/{id}/change': async () => ({ id: (await row('field_definitions')).id, body: { kind: 'longtext' } }),
	'POST /api/field_definitions/{id}/undo': async () => {
		const { id } = await row('field_definitions');
		await post(`/api/field_definitions/${id}/change`, { kind: 'longtext' }, 200);
		return { id };
	},
	'POST /api/deals/{id}/move': async () => ({ id: (await deal()).id,
		body: { stage: 'won', index: 0 } }),
	'POST /api/deals/{id}/unarchive': async () => ({
		id: (await deal({ archived_at: '2026-01-01T00:00:00Z' })).id }),
	'POST /api/opportunities/{id}/move': async () => ({ id: (await deal()).id,
		body: { stage: 'won', index: 0 } }),
	'POST /api/opportunities/{id}/unarchive': async () => ({
		id: (await deal({ archived_at: '2026-01-01T00:00:00Z' })).id }),
	'POST /api/calendar_feeds': async () => ({ body: { name: mark() } }),
	'DELETE /api/calendar_feeds/{id}': async () => ({
		id: (await post('/api/calendar_feeds', {})).id }),
	'POST /api/message_channels': async () => ({ body: { channel: 'sms', signed: true } }),
	'DELETE /api/message_channels/{id}': async () => ({
		id: (await post('/api/message_channels', { channel: 'sms' })).id }),
	'POST /api/tasks/{id}/snooze': async () => ({ id: (await post('/api/tasks',
		{ contact_id: (await contact()).id })).id, body: { minutes: 5 } }),
	'POST /api/membership_queue/claim': async () => {
		await post('/api/membership_queue', { member_id: (await row('user_profiles')).id });
		return { body: {} };
	},
	'POST /api/user_memberships/{id}/cancel': async () => ({ id: (await membership()).id }),
	'POST /api/user_agreements/accept': async () => {
		const { id, hash } = await row('agreement_documents');
		return { body: { document_id: id, hash } };
	},
	'POST /api/user_billing_schedules/{id}/waive': async () => ({ id: (await row('user_billing_schedules', await profile())).id }),
	...Object.fromEntries(Object.entries({ succeed: [], fail: [], cancel: [], retry: ['fail'], refund: ['succeed'] }).map(
		([action, before]) => [`POST /api/user_payments/{id}/${action}`, () => payment(...before)])),
	'PUT /api/integration_configs/{id}/secret': async () => ({ id: (await row('integration_configs')).id, body: { name: 'key', value: 'x' } }),
	'PUT /api/payment_providers/{id}': async () => ({ id: 'stripe', body: provider }),
	'DELETE /api/payment_providers/{id}': async () => {
		await ask('PUT', '/api/payment_providers/stripe', { token: who.token, body: provider });
		return { id: 'stripe' };
	},
	'POST /api/forms': async () => ({ body: form() }),
	'PATCH /api/forms/{id}': async () => ({ id: (await post('/api/forms', form())).id, body: { name: mark() } }),
	'DELETE /api/forms/{id}': async () => ({ id: (await post('/api/forms', form())).id }),
	'POST /api/payout_accounts': async () => ({ body: sample('payout_accounts', mark(), await profile()) }),
	...Object.fromEntries(['approve', 'reject', 'cancel'].map((action) => [`POST /api/user_payouts/{id}/${action}`, () => payout()])),
	'POST /api/user_payouts/{id}/withdraw': async () => {
		const made = await payout('approve');
		await post('/api/user_payouts/send', { account_id: await bank() });
		return made;
	},
	'POST /api/user_payouts/send': async () => {
		await payout('approve');
		return { body: { account_id: await bank() } };
	},
	'POST /api/user_payouts/statement': async () => ({ body: { entries: [{ reference: 'x', status: 'paid', amount: 1, currency: 'EUR' }] } }),
	'POST /api/disputes/{id}/submit': async () => ({ id: (await dispute()).id, body: { evidence: 'x' } }),
	'POST /api/disputes/{id}/win': async () => ({ id: (await dispute()).id }),
	'POST /api/disputes/{id}/lose': async () => ({ id: (await dispute()).id }),
	...Object.fromEntries(Object.entries({ submit: [], withdraw: [], review: ['submit'], ask: ['submit', 'review'], approve: ['submit', 'review'],
		reject: ['submit', 'review'], revoke: ['submit', 'review', 'approve'] }).map(
		([action, before]) => [`POST /api/kyc_verification/{id}/${action}`, () => verification(...before)])),
	'POST /api/member_messages/{id}/read': async () => ({ id: (await post('/api/member_messages', { body: 'x' })).id }),
	'POST /api/newsfeed_posts/{id}/read': async () => ({ id: (await row('newsfeed_posts')).id }),
	'POST /api/user_contacts/{id}/send_code': async () => ({ id: (await post('/api/user_contacts', { kind: 'email', value: `c.${++made}@members.test` })).id }),
	'POST /api/user_profiles/{id}/erase': async () => ({ id: (await row('user_profiles')).id, body: { reason: 'asked' } }),
	'POST /api/contacts/{id}/erase': async () => ({ id: (await post('/api/contacts', { last_name: mark() })).id, body: { reason: 'asked' } }),
	'POST /api/contact_holds/{id}/release': async () => ({ id: (await post('/api/contact_holds', { contact_id: (await post('/api/contacts', { last_name: mark() })).id, reason: 'x' })).id }),
	'POST /api/legal_holds/{id}/release': async () => ({ id: (await post('/api/legal_holds', { member_id: (await row('user_profiles')).id, reason: 'x' })).id }),
	'POST /api/tax_forms': async () => ({ body: { member_id: (await row('user_profiles')).id, year: 2025, kind: 'w9', country: 'FR',
		legal_name: 'x', identifier: '12345' } }),
	...Object.fromEntries(Object.entries({ acknowledge: [], resolve: ['acknowledge'], dismiss: ['acknowledge'],
		reopen: ['acknowledge', 'dismiss'] }).map(([action, before]) => [`POST /api/admin_alerts/{id}/${action}`, () => alert(...before)])),
	'POST /api/admin_alerts/{id}/assign': async () => ({ ...await alert(), body: { sales_id: (await ask('GET', '/api/me', { token: who.token })).json.id } }),
	'POST /api/admin_alerts/claim': async () => {
		await alert();
		return { body: {} };
	},
	'POST /api/kyc_verification/{id}/renew': async () => ({ id: (await verification('submit', 'review', 'approve')).id }),
	'POST /api/kyc_evidence': async () => ({ body: mark(), query: `verification_id=${(await verification()).id}&kind=front` }),
	'POST /api/user_memberships/{id}/renew': async () => ({ id: (await membership()).id }),
	'POST /api/webhooks': async () => ({ body: { url: 'https://hook.test/' } }),
	'POST /api/webhooks/test': async () => ({ body: { url: 'https://127.0.0.1/' } }),
	'POST /api/webhooks/{id}/rotate': async () => ({ id: await webhook() }),
	'POST /api/webhooks/{id}/test': async () => ({ id: await webhook() }),
	'POST /api/webhooks/{id}/replay': async () => ({ id: await webhook(),
		body: { since: '2026-01-01T00:00:00Z' } }),
	'POST /api/webhook_deliveries/{id}/replay': async () => ({ id: (await post(
		`/api/webhooks/${await webhook()}/test`, undefined, 200)).id }),
	'POST /api/trash/{id}/restore': async () => ({ id: await trashed() }),
	'PUT /api/opportunities/weekly_mail': async () => ({ body: { enabled: false } }),
	'PUT /api/api_keys/limit': async () => ({ body: { id: (await post('/api/auth/api-key/create', {}, 200)).id, requests: 700, seconds: 60 } }),
	'POST /api/service_accounts': async () => ({ body: { name: mark() } }),
	'PATCH /api/service_accounts/{id}': async () => ({ id: (await post('/api/service_accounts', { name: mark() })).id, body: { name: mark() } }),
	'DELETE /api/service_accounts/{id}': async () => ({ id: (await post('/api/service_accounts', { name: mark() })).id }),
	'POST /api/service_accounts/{id}/keys': async () => ({ id: (await post('/api/service_accounts', { name: mark() })).id, body: { name: 'key' } }),
	'PATCH /api/staff_policy': async () => ({ body: { max_minutes: 10080 } }),
	'POST /api/sandboxes': async () => ({ body: { name: mark() } }),
	'PUT /api/sandbox': async () => ({ query: `orgId=${(await post('/api/sandboxes', { name: mark() })).id}`, body: { hosts: ['example.org'] } }),
	'PUT /api/modules/{id}': async () => ({ id: 'b2b', body: { enabled: true } }),
	'POST /api/upload': async () => ({ body: Buffer.from(mark()),
		headers: { 'content-type': 'text/plain' } }),
	'POST /api/imports': async () => ({ body: `last_name\n${mark()}\n`,
		headers: { 'content-type': 'text/csv' } }),
	'PATCH /api/imports/{id}': async () => ({ id: await imported(),
		body: { mapping: ['first_name'] } }),
	'POST /api/imports/{id}/check': async () => ({ id: await imported() }),
	'POST /api/imports/{id}/start': async () => ({ id: await imported() }),
	'POST /api/imports/{id}/cancel': async () => ({ id: await imported('start') }),
	'POST /api/imports/{id}/undo': async () => ({
		id: await imported('start', 'cancel') }),
	'POST /api/sales': async () => ({ body: { email: `made.${++made}`
		+ '@routes.test', first_name: 'Ma', last_name: 'De' } }),
	'PATCH /api/sales/{id}/password': async () => ({ id: (await user()).id }),
	'POST /api/invites': async () => ({
		body: { email: `asked.${++made}@routes.test` } }),
	'DELETE /api/invites/{id}': async () => ({
		id: (await post('/api/invites', { email: `out.${++made}@routes.test` })).id }),
	'POST /api/group_roles': async () => ({ body: group() }),
	'DELETE /api/group_roles/{id}': async () => ({
		id: (await post('/api/group_roles', group(), 200)).id }),
	'POST /api/configuration/rename-stage': async () => {
		const from = `stage-${++made}`;
		const rs = await ask('PUT', '/api/configuration/1', { token: who.token,
			body: { config: { dealStages: ['opportunity', 'won', from].map((value) =>
				({ value, label: value })) } } });
		assert.equal(rs.status, 200, rs.text);
		return { body: { from, to: `${from}-new` } };
	},
	'POST /api/daily_metrics/recompute': async () => ({ body: { days: 7 } }),
	'POST /api/signup': async () => ({ anyone: true, body: {
		email: `new.${++made}@routes.test`, password: PASSWORD,
		first_name: 'Ne', last_name: 'W' } }),
	'PUT /api/signup_policy': async () => ({ body: { enabled: true, tiers: [mark()] } }),
	'POST /api/signup_sessions': async () => ({ anyone: true, body: (await joining()).begins }),
	'POST /api/signup_sessions/code': async () => ({ anyone: true, body: (await joining()).held }),
	'PUT /api/signup_sessions/entered': async () => ({ anyone: true, body: { ...(await joining()).held, entered: { city: mark() } } }),
	'POST /api/signup_sessions/verify': async () => ({ anyone: true, body: await mailedLink() }),
	'POST /api/set-password': async () => ({ anyone: true, body: {
		token: (await user()).invite_url.split('/').pop(),
		password: PASSWORD } }),
};

// Routes that need no key, with the reason.
const form = () => ({ name: mark(), origins: ['https://shop.test'], fields: ['email'] });
const without = {
	'POST /api/submissions/{key}': 'a proof of work is taken once',
	'POST /api/submissions/{key}/confirm': 'a link of a mail works once',
	'POST /api/user_contacts/{id}/verify': 'a code works once',
	'POST /api/signup_sessions/resume': 'changes nothing',
	'POST /api/signup_sessions/complete': 'it is completed once',
	'POST /mcp': 'a message that changes nothing; its tools that do have a test of theirs',
	'POST /api/automation_rules/{id}/dry_run': 'changes nothing',
	'POST /api/automation_dry_run': 'changes nothing',
	'POST /api/merge_contacts/preview': 'changes nothing',
	'POST /api/field_definitions/{id}/preview': 'changes nothing',
	'POST /api/crm/metrics/recompute': 'as by the other name',
	'POST /api/cost_calculations/preview': 'changes nothing',
	'POST /api/data_mappings/preview': 'changes nothing',
	'POST /api/assistant/search': 'changes nothing',
	'POST /api/assistant/chat': 'proposes at most, and no model says a thing twice',
	'POST /api/access/view': 'begun twice, it is the same view',
	'DELETE /api/access/view': 'it ends once',
	'POST /api/operators': 'a link that opens once',
	'POST /api/operators/link': 'tells of a link',
	'POST /api/invitation': 'tells of a link',
	'POST /api/inbound/mail': 'a mail has a unique id',
	'POST /api/operators/organizations/{id}/suspend': 'refused the second time',
	'POST /api/operators/organizations/{id}/restore': 'refused the second time',
	'POST /api/operators/console': 'changes nothing',
	'POST /api/operators/mail/{id}/retry': 'what waits already is left waiting',
	'POST /api/operators/jobs/{id}/retry': 'what waits already is due',
	'POST /api/operators/jobs/{id}/cancel': 'what is canceled does not wait',
	'PUT /api/whats-new': 'it is what it was',
	'PUT /api/checklist/{id}': 'the same answer changes nothing',
	'POST /api/inbound/messages/{token}': 'a message has a unique id',
	'POST /api/sandbox/reset': 'what is empty stays empty',
	'POST /api/inbound/postmark': 'a mail has a unique id',
};

const send = ({ id, body, headers, anyone, query }, method, path, key) =>
	ask(method, path.replace('{id}', id) + (query ? (path.includes('?') ? '&' : '?') + query : ''), { body,
		token: anyone ? undefined : who.token,
		headers: { ...headers, 'Idempotency-Key': key } });
// Begins a sign-up as a visitor. Returns the bodies of the first and the following requests.
async function joining() {
	const organization = who.slug, begins = { organization, email: `joins.${++made}@routes.test` };
	await ask('PUT', '/api/signup_policy', { token: who.token, body: { enabled: true, tiers: ['gold'] } });
	const { token, email } = (await ask('POST', '/api/signup_sessions', { body: { ...begins, email: `joins.${++made}@routes.test` } })).json;
	return { begins, email, held: { organization, token } };
}
async function mailedLink() {
	const { email, held: { organization } } = await joining();
	return { organization, link: new URL(lastMail(email, 'signup-code').data.url).hash.replace('#link=', '') };
}
// Returns a different body that is refused only because of the key. It has a different email address or, without an
// address, different bytes.
const another = (body = {}) => Buffer.isBuffer(body) ? Buffer.concat([body, Buffer.from(' ')])
	: typeof body === 'string' ? `${body} ` : body.email ? { ...body, email: `other.${body.email}` } : `${JSON.stringify(body)} `;
const newKey = () => `routes-${process.pid}-${++made}`;

test('every unsafe route is listed here', () => {
	for (const { method, path, resource } of operations(document)) {
		const name = `${method} ${path}`;
		if (method === 'GET' || path.startsWith('/api/auth/')
			|| /\/(get-many|bulk)$/.test(path) || (resource && !recipes[name]))
			continue;
		assert.ok(recipes[name] || without[name], `${name} is not listed here`);
	}
});

for (const [name, recipe] of Object.entries(recipes)) {
	const [method, path] = name.split(' ');
	test(`${name} repeats the response and runs once`, async () => {
		const request = await recipe(), key = newKey();
		const first = await send(request, method, path, key);
		assert.ok(first.status < 300, first.text);
		const audited = sql('SELECT count(*) FROM ops.audit_log')[0][0];
		for (let n = 0; n < 3; n++) {
			const again = await send(request, method, path, key);
			assert.equal(again.status, first.status);
			assert.equal(again.text, first.text);
			assert.equal(again.headers.etag, first.headers.etag);
		}
		assert.equal(sql('SELECT count(*) FROM ops.audit_log')[0][0], audited);
		// If there is no body, the request's address differs.
		const other = document.paths[path][method.toLowerCase()].requestBody
			? await send({ ...request, body: another(request.body) }, method, path, key)
			: await send(request, method, `${path}?orgId=${who.organization}`, key);
		/* the used link is reported first */
		assert.equal(other.status, path === '/api/set-password' ? 400 : 422, other.text);
		assert.match(other.text, path === '/api/set-password' ? /link/ : /used for another request/);
	});

	test(`${name} runs once for eight concurrent requests`, async () => {
		const request = await recipe(), key = newKey();
		const all = await Promise.all(Array.from({ length: 8 }, () =>
			send(request, method, path, key)));
		for (const rs of all)
			assert.ok(rs.status < 300 || rs.status === 409, rs.text);
		assert.equal(new Set(all.filter((rs) => rs.status < 300)
			.map((rs) => rs.text)).size, 1);
	});
}
