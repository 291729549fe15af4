// A local server with the documented contract of Stripe's API, limited to the calls that this product makes. It
// supports forms, keys, versions, idempotency keys, payment intents and refunds with their states, paged lists of
// refunds, and signed events. Unknown parameters and routes are refused.
import { createHmac, randomBytes } from 'node:crypto';
import http from 'node:http';

const id = (prefix) => `${prefix}_${randomBytes(12).toString('hex')}`;
const INTENT = ['amount', 'currency', 'payment_method', 'customer', 'description', 'confirm', 'off_session',
	'automatic_payment_methods[enabled]', 'automatic_payment_methods[allow_redirects]', 'metadata[organization]', 'metadata[payment]'];
const CONFIRM = ['payment_method', 'off_session'], REFUND = ['payment_intent', 'amount', 'metadata[organization]', 'metadata[payment]', 'metadata[refund]'];

class Refusal extends Error {
	constructor(status, error) {
		super(error.message);
		Object.assign(this, { status, body: { error } });
	}
}
const invalid = (message, more = {}) => new Refusal(400, { type: 'invalid_request_error', message, ...more });

// The signature header of an event: an HMAC of the time, a dot and the body.
export const signature = (secret, body, t = Math.floor(Date.now() / 1000)) =>
	`t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')},v0=${'0'.repeat(64)}`;

// Creates the request body for an event about an object.
export const event = (type, object, more = {}) => JSON.stringify({ id: id('evt'), object: 'event', api_version: '2024-06-20',
	created: Math.floor(Date.now() / 1000), type, livemode: false, pending_webhooks: 1, data: { object }, ...more });

// hook(intent, kind) runs after the effect of a call, before its response. `lose` is the number of responses that are
// cut off after the effect. `fail` contains the statuses of the next responses, whose requests have no effect.
// `refunding` is the status of new refunds. `lists` contains the requests for lists. `page` is the maximum number of
// refunds on a page. list(page) can change the returned page.
export async function stripe(key) {
	const intents = new Map(), refunds = new Map(), kept = new Map();
	const state = { key, calls: [], lists: [], intents, refunds, hook: null, lose: 0, fail: [], refunding: 'succeeded', page: 100,
		list: (page) => page };

	// Creates a refund, as this server or the dashboard does.
	state.refund = (pi, amount, more = {}) => {
		const made = { id: id('re'), object: 'refund', amount, charge: state.charge(pi).id, created: Math.floor(Date.now() / 1000), currency: pi.currency,
			failure_reason: state.refunding === 'failed' ? 'expired_or_canceled_card' : undefined, metadata: {}, payment_intent: pi.id,
			status: state.refunding, ...more };
		refunds.set(made.id, made);
		return made;
	};
	// Returns the charge of a payment intent. amount_refunded includes pending refunds, but not failed or canceled
	// refunds.
	state.charge = (pi) => {
		const amount_refunded = [...refunds.values()].filter((one) => one.payment_intent === pi.id && !['failed', 'canceled'].includes(one.status))
			.reduce((sum, { amount }) => sum + amount, 0);
		return { id: pi.id.replace('pi_', 'ch_'), object: 'charge', amount: pi.amount, amount_captured: pi.amount, amount_refunded, currency: pi.currency,
			metadata: pi.metadata, payment_intent: pi.id, refunded: amount_refunded === pi.amount, status: 'succeeded' };
	};

	const metadata = (p) => Object.fromEntries(['organization', 'payment', 'refund'].filter((n) => p.get(`metadata[${n}]`))
		.map((n) => [n, p.get(`metadata[${n}]`)]));
	function only(p, names) {
		for (const name of p.keys())
			if (!names.includes(name))
				throw invalid(`Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name });
	}
	function need(p, name, pattern) {
		if (!pattern.test(p.get(name) ?? ''))
			throw invalid(p.has(name) ? `Invalid ${name}` : `Missing required param: ${name}.`, { code: 'parameter_missing', param: name });
		return p.get(name);
	}
	// Confirms a payment intent, and behaves like Stripe for its test tokens.
	function confirm(pi, method) {
		pi.payment_method = method;
		const code = { pm_card_chargeDeclined: 'card_declined', pm_card_authenticationRequired: 'authentication_required' }[method];
		pi.last_payment_error = code ? { type: 'card_error', code, message: 'Your card was declined.' } : null;
		pi.status = code ? 'requires_payment_method' : method === 'pm_bank_processing' ? 'processing' : 'succeeded';
		pi.amount_received = pi.status === 'succeeded' ? pi.amount : 0;
		if (code)
			throw new Refusal(402, { ...pi.last_payment_error, decline_code: 'generic_decline', payment_intent: pi });
		return pi;
	}
	const unexpected = (pi) => invalid(`This PaymentIntent's status is ${pi.status}.`, { code: 'payment_intent_unexpected_state', payment_intent: pi });
	function intentOf(name) {
		if (!intents.has(name))
			throw new Refusal(404, { type: 'invalid_request_error', code: 'resource_missing', message: `No such payment_intent: '${name}'` });
		return intents.get(name);
	}
	function create(p) {
		only(p, INTENT);
		const pi = { id: id('pi'), object: 'payment_intent', amount: Number(need(p, 'amount', /^[1-9][0-9]{0,7}$/)),
			currency: need(p, 'currency', /^[a-z]{3}$/), metadata: metadata(p), customer: p.get('customer'), description: p.get('description'),
			amount_received: 0, status: 'requires_confirmation', livemode: false };
		need(p, 'payment_method', /^pm_/);
		need(p, 'confirm', /^true$/);
		intents.set(pi.id, pi);
		return [pi, () => confirm(pi, p.get('payment_method'))];
	}
	function route(path, p) {
		const [, name, action] = /^\/v1\/payment_intents(?:\/([^/]+)\/([a-z]+))?$/.exec(path) ?? [];
		if (path === '/v1/payment_intents')
			return create(p);
		if (action === 'confirm' || action === 'cancel') {
			only(p, action === 'confirm' ? CONFIRM : []);
			const pi = intentOf(decodeURIComponent(name));
			if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(pi.status)
			    && !(action === 'cancel' && pi.status === 'processing'))
				throw unexpected(pi);
			return [pi, () => action === 'cancel' ? Object.assign(pi, { status: 'canceled' }) : confirm(pi, need(p, 'payment_method', /^pm_/))];
		}
		if (path === '/v1/refunds') {
			only(p, REFUND);
			const pi = intentOf(need(p, 'payment_intent', /^pi_/));
			if (pi.status !== 'succeeded')
				throw invalid('This PaymentIntent does not have a successful charge to refund.');
			const rest = pi.amount - state.charge(pi).amount_refunded;
			const amount = p.has('amount') ? Number(need(p, 'amount', /^[1-9][0-9]{0,7}$/)) : rest;
			if (rest === 0)
				throw invalid('Charge has already been refunded.', { code: 'charge_already_refunded' });
			if (amount > rest)
				throw invalid(`Refund amount (${amount}) is greater than unrefunded amount on charge (${rest})`, { param: 'amount' });
			return [pi, () => state.refund(pi, amount, { metadata: metadata(p) })];
		}
		throw new Refusal(404, { type: 'invalid_request_error', message: `Unrecognized request URL (POST: ${path}).` });
	}
	// Returns a page of the refunds of a payment intent, newest first: at most "limit" refunds, after the named
	// refund.
	async function list(rq) {
		const url = new URL(rq.url, 'http://x'), p = url.searchParams, limit = p.has('limit') ? Number(need(p, 'limit', /^([1-9][0-9]?|100)$/)) : 10;
		if (url.pathname !== '/v1/refunds')
			throw new Refusal(404, { type: 'invalid_request_error', message: `Unrecognized request URL (GET: ${url.pathname}).` });
		only(p, ['payment_intent', 'limit', 'starting_after', 'ending_before']);
		const pi = intentOf(need(p, 'payment_intent', /^pi_/));
		const all = [...refunds.values()].filter((one) => one.payment_intent === pi.id).reverse();
		const after = p.has('starting_after') ? all.findIndex((one) => one.id === p.get('starting_after')) : -1;
		if (p.has('starting_after') && after < 0)
			throw new Refusal(404, { type: 'invalid_request_error', code: 'resource_missing', message: `No such refund: '${p.get('starting_after')}'` });
		const data = all.slice(after + 1, after + 1 + Math.min(limit, state.page));
		await state.hook?.(pi, rq.url);
		return { status: 200, body: JSON.stringify(state.list({ object: 'list', url: '/v1/refunds', has_more: after + 1 + data.length < all.length, data })) };
	}
	// Responds to a request. The response to the first request with a key is stored, including an error after the
	// execution began.
	async function answer(rq, text) {
		const idempotency = rq.headers['idempotency-key'];
		const reads = rq.method === 'GET';
		(reads ? state.lists : state.calls).push({ path: rq.url, body: text, key: idempotency });
		if (rq.headers.authorization !== `Bearer ${state.key}`)
			throw new Refusal(401, { type: 'invalid_request_error', message: 'Invalid API Key provided' });
		if (rq.headers['stripe-version'] !== '2024-06-20' || !reads && rq.headers['content-type'] !== 'application/x-www-form-urlencoded')
			throw invalid('wrong version or type');
		if (!reads && !/^.{1,255}$/.test(idempotency ?? ''))
			throw invalid('an idempotency key is expected by the test');
		if (state.fail.length > 0)
			throw new Refusal(state.fail.shift(), { type: 'api_error', message: 'try again' });
		if (reads)
			return list(rq);
		const known = kept.get(idempotency);
		if (known?.text !== undefined && (known.text !== text || known.url !== rq.url))
			throw new Refusal(400, { type: 'idempotency_error', message: 'Keys for idempotent requests can only be used with the same parameters' });
		if (known && !known.answer)
			throw new Refusal(409, { type: 'invalid_request_error', code: 'idempotency_key_in_use', message: 'in use' });
		if (known)
			return { ...known.answer, replayed: true };
		const [about, act] = route(rq.url, new URLSearchParams(text));
		const entry = { text, url: rq.url };
		kept.set(idempotency, entry);
		try {
			entry.answer = { status: 200, body: JSON.stringify(act()) };
		} catch (error) {
			entry.answer = { status: error.status, body: JSON.stringify(error.body) };
		}
		await state.hook?.(about, rq.url);
		return entry.answer;
	}

	const server = http.createServer(async (rq, rs) => {
		let text = '', said;
		for await (const chunk of rq)
			text += chunk;
		try {
			said = await answer(rq, text);
		} catch (error) {
			said = { status: error.status ?? 500, body: JSON.stringify(error.body ?? { error: { type: 'api_error', message: String(error) } }) };
		}
		if (said.status < 500 && said.status !== 401 && state.lose > 0) {
			state.lose--;
			return rq.socket.destroy();
		}
		rs.writeHead(said.status, { 'content-type': 'application/json', 'request-id': id('req'),
			...said.replayed && { 'idempotent-replayed': 'true' } });
		rs.end(said.body);
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	state.url = `http://127.0.0.1:${server.address().port}`;
	state.close = () => new Promise((done) => {
		server.closeAllConnections?.();
		server.close(done);
	});
	return state;
}
