// node requests.mjs FOLDER: writes request files for Tenantry and the peers,
// with the same organizations, rows and bodies in the same order. In each use of a request, a unique number replaces
// MARK.
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';

const folder = process.argv[2];
const orgs = Number(process.env.ORGS ?? 100), per = Number(process.env.PER_ORG ?? 2000);
const big = Number(process.env.BIG ?? 0); // size of an additional organization, to which all requests then go
const secret = process.env.BETTER_AUTH_SECRET;
let seed = 7;
const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };

const cookie = (o, user = 1, session = 1) => {
	const token = createHash('md5').update(`user${user}@org${o}.test${session}`).digest('hex');
	const mac = createHmac('sha256', secret).update(token).digest('base64');
	return `better-auth.session_token=${encodeURIComponent(`${token}.${mac}`)}`;
};
const MARK = '##########';
const name = (n) => Array.from({ length: n }, () => 'anbelcordanelfargarholisjorkelmor'.substr(random(30), 3))
	.join('').replace(/^./, (c) => c.toUpperCase());
const body = (side, o, i) => ({
	first_name: name(2), last_name: name(3), gender: 'female', title: 'CTO',
	background: `Met at a trade fair; interested in the annual plan, wants a call back. Ref ${MARK}`,
	avatar: { src: `https://avatars.test/${i}.png` },
	first_seen: '2025-01-01T00:00:00.000Z', last_seen: `2025-06-01T00:00:00.${MARK}Z`,
	has_newsletter: true, status: ['cold', 'warm', 'hot'][random(3)],
	tags: [random(7), 7 + random(5)], company_id: companies[side](o, 1 + random(per / 10)), sales_id: 1 + random(10),
	linkedin_url: `https://www.linkedin.com/in/${MARK}`,
	email_jsonb: [{ email: `${MARK}@example.test`, type: 'Work' }],
	phone_jsonb: [{ number: `+1-${MARK}`, type: 'Work' }],
});
const range = encodeURIComponent('[0,24]'), sort = encodeURIComponent('["last_name","ASC"]');
const list = `/api/contacts?range=${range}&sort=${sort}`;
const picks = Array.from({ length: Number(process.env.PICKS ?? 1000) }, () => big > 0
	? [orgs + 1, 1 + random(big)] : [1 + random(orgs), 1 + random(per)]);
// Tenantry's row IDs are consecutive within an organization. The peer's row IDs are interleaved.
const ids = { ours: (o, i) => i, peer: (o, i) => (i - 1) * orgs + o };
const companies = { ours: (o, i) => i, peer: (o, i) => (o - 1) * Math.max(Math.floor(per / 10), 1) + i };

mkdirSync(folder, { recursive: true });
for (const [side, id] of Object.entries(ids)) {
	const file = (name, rows) => writeFileSync(`${folder}/${side}-${name}.txt`,
		rows.map((r) => r.join('\t') + '\n').join(''));
	seed = 11;
	file('list', picks.map(([o]) => ['GET', list, cookie(o), '']));
	file('get', picks.map(([o, i]) => ['GET', `/api/contacts/${id(o, i)}`, cookie(o), '']));
	const filtered = (filter) => `/api/contacts?range=${range}&sort=${sort}&filter=${
		encodeURIComponent(JSON.stringify(filter))}`;
	file('search', picks.map(([o, i]) => ['GET', filtered({ q: `555-${String(i % 10000).padStart(4, '0')}` }), cookie(o), '']));
	file('filter', picks.map(([o, i]) => ['GET', filtered({ status: 'hot', 'last_seen@gte': '2026-01-01T00:00:00Z' }), cookie(o), '']));
	file('get-session', picks.map(([o]) => ['GET', '/api/auth/get-session', cookie(o), '']));
	file('sessions', picks.map(([o]) => ['GET', '/api/auth/get-session',
		cookie(o, 1 + random(10), 1 + random(10)), '']));
	const creates = picks.map(([o, i]) => ['POST', '/api/contacts', cookie(o), JSON.stringify(body(side, o, i))]);
	const updates = picks.map(([o, i]) => ['PUT', `/api/contacts/${id(o, i)}`, cookie(o),
		JSON.stringify(body(side, o, i))]);
	file('create', creates);
	file('update', updates);
	file('create-key', creates.map((r) => [...r, MARK]));
	file('update-key', updates.map((r) => [...r, MARK]));
	// The requests are for five organizations, and 80 % of them are reads.
	file('mixed', picks.map(([, i]) => {
		const o = 1 + random(Math.min(orgs, 5)), kind = random(10);
		if (kind < 3)
			return ['GET', list, cookie(o), ''];
		if (kind < 6)
			return ['GET', `/api/contacts/${id(o, i)}`, cookie(o), ''];
		if (kind < 8)
			return ['GET', '/api/auth/get-session', cookie(o), ''];
		return [...kind < 9 ? ['POST', '/api/contacts'] : ['PUT', `/api/contacts/${id(o, i)}`], cookie(o), JSON.stringify(body(side, o, i))];
	}));
	file('sign-in', picks.map(([o]) => ['POST', '/api/auth/sign-in/email', '',
		JSON.stringify({ email: `user${1 + random(10)}@org${o}.test`, password: 'correct horse battery' })]));
	if (big === 0)
		continue;
	// For bench/large, each contact is merged into another contact once.
	const one = cookie(orgs + 1), feed = `/api/activity_log?sort=${
		encodeURIComponent('["date","DESC"]')}&range=`;
	file('get-many', picks.map(() => {
		const first = 1 + random(big - 10000);
		return ['GET', `/api/contacts?filter=${encodeURIComponent(JSON.stringify(
			{ id: Array.from({ length: 1000 }, (_, n) => first + n * 7) }))}`, one, ''];
	}));
	file('activity', picks.map(() => ['GET', `${feed}[0,9]`, one, '']));
	file('company-activity', picks.map(() => ['GET', `${feed}[0,19]&filter=${
		encodeURIComponent(JSON.stringify({ company_id: 1 + random(big / 10) }))}`, one, '']));
	const stages = ['opportunity', 'proposal-sent', 'in-negociation', 'won', 'lost'];
	file('move', picks.map(() => ['POST', `/api/deals/${1 + random(500)}/move`, one,
		JSON.stringify({ stage: stages[random(5)], index: random(100) })]));
	file('merge', Array.from({ length: big / 2 }, (_, n) => ['POST', '/api/merge_contacts', one,
		JSON.stringify({ loserId: 2 * n + 1, winnerId: 2 * n + 2 })]));
}
