// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it counts the deadlocks in the log.
// Contacts in several organizations. contacts.company_id is always the primary organization, regardless of which of the
// two is written.
import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';
import { LONG, ask, owner, query, sql, workersLog, untimed } from '../../lib/api.mjs';
import { switchModules } from '../../lib/rows.mjs';

let who, stranger, a, b, c, theirs;
const as = (user) => (method, path, body) => ask(method, path, { token: user.token, body });
const call = (...args) => as(who)(...args);
const status = (n, rs) => {
	assert.equal(rs.status, n, rs.text);
	return rs.json;
};
const company = async (name) => status(201, await call('POST', '/api/companies', { name }));
let people = 0;
const contact = async (more) => status(201, await call('POST', '/api/contacts', { last_name: `Person ${++people}`, ...more }));
const join = (one, at, more) => call('POST', '/api/contact_organizations', { contact_id: one.id, company_id: at.id, ...more });
const patch = (id, body) => call('PATCH', `/api/contact_organizations/${id}`, body);
const at = async (one) => status(200, await call('GET', `/api/contacts/${one.id}`)).company_id;
const rows = async (one) => status(200, await call('GET', `/api/contact_organizations${query({ filter: { contact_id: one.id }, sort: ['id', 'ASC'] })}`));
const seen = async (one) => (await rows(one)).map((row) => [row.company_id, row.is_primary, row.ended_on !== null]);
const move = async (one, company_id) => status(200, await call('PATCH', `/api/contacts/${one.id}`, { company_id }));
const restore = async (resource, id) => {
	const [entry] = status(200, await call('GET', `/api/trash${query({ filter: { row_id: id, resource } })}`));
	return call('POST', `/api/trash/${entry.id}/restore`, {});
};

before(async () => {
	who = await owner('Several');
	stranger = await owner('Strangers');
	await switchModules(who, true);
	[a, b, c] = await Promise.all(['A', 'B', 'C'].map(company));
	theirs = status(201, await as(stranger)('POST', '/api/companies', { name: 'Theirs' }));
});

// Checks the invariants of each of the organization's contacts while the module is on.
function invariants() {
	assert.deepEqual(sql(`SELECT c.id, c.company_id, array_agg(row(o.company_id, o.is_primary, o.ended_on))
		FROM crm.contacts c LEFT JOIN crm.contact_organizations o USING (org_id)
		WHERE c.org_id = '${who.organization}' AND (o.contact_id = c.id OR o.id IS NULL)
		GROUP BY 1, 2, c.org_id
		HAVING count(*) FILTER (WHERE o.is_primary) <> (c.company_id IS NOT NULL)::int
		    OR max(o.company_id) FILTER (WHERE o.is_primary) IS DISTINCT FROM c.company_id
		    OR count(*) FILTER (WHERE o.ended_on IS NULL) > 0 AND c.company_id IS NULL`), []);
	assert.deepEqual(sql(`SELECT c.id FROM crm.contacts c WHERE c.org_id = '${who.organization}' AND c.company_id IS NOT NULL
		AND NOT EXISTS (SELECT FROM crm.contact_organizations o WHERE o.org_id = c.org_id AND o.contact_id = c.id)`), []);
}
afterEach(invariants);

test('the company of a contact is its primary organization', async () => {
	const one = await contact({ company_id: a.id });
	assert.deepEqual(await seen(one), [[a.id, true, false]]);
	await move(one, b.id);
	assert.deepEqual(await seen(one), [[a.id, false, false], [b.id, true, false]]);
	await move(one, a.id);
	assert.deepEqual(await seen(one), [[a.id, true, false], [b.id, false, false]]);
	await move(one, null);
	assert.deepEqual(await seen(one), [[a.id, false, true], [b.id, false, true]]);
	await move(one, b.id);
	assert.deepEqual(await seen(one), [[a.id, false, true], [b.id, true, false]]);
});

test('the primary organization is the company of the contact', async () => {
	const one = await contact();
	const first = status(201, await join(one, a, { role: 'Buyer', influence: 80, started_on: '2020-01-31' }));
	assert.deepEqual([first.is_primary, first.role, first.influence, first.started_on], [true, 'Buyer', 80, '2020-01-31']);
	assert.equal(await at(one), a.id);
	const second = status(201, await join(one, b));
	assert.equal(second.is_primary, false);
	assert.equal(await at(one), a.id);
	assert.equal(status(200, await patch(second.id, { is_primary: true })).is_primary, true);
	assert.equal(await at(one), b.id);
	const third = status(201, await join(one, c, { is_primary: true }));
	assert.equal(third.is_primary, true);
	assert.equal(await at(one), c.id);
	const rs = await patch(third.id, { is_primary: false });
	assert.match(status(422, rs).errors.is_primary, /choose another organization/);
	// Sends a whole row, as forms do.
	assert.equal(status(200, await patch(third.id, { ...third, role: 'Owner' })).role, 'Owner');
	const embedded = status(200, await call('GET', `/api/contact_organizations${query({
		filter: { company_id: c.id, contact_id: one.id }, embed: ['contact', 'company'] })}`));
	assert.deepEqual(embedded.map((row) => [row.contact.id, row.company.name]), [[one.id, 'C']]);
});

test('another organization becomes primary when the primary organization ends or is deleted', async () => {
	const one = await contact({ company_id: a.id });
	const second = status(201, await join(one, b, { started_on: '2020-01-31' }));
	const third = status(201, await join(one, c, { started_on: '2010-01-31' }));
	const [first] = await rows(one);
	assert.equal(status(200, await patch(first.id, { ended_on: '2024-01-31' })).is_primary, false);
	assert.equal(await at(one), c.id, 'the one of longest standing');
	status(200, await call('DELETE', `/api/contact_organizations/${third.id}`));
	assert.equal(await at(one), b.id);
	status(200, await patch(second.id, { ended_on: '2024-01-31' }));
	assert.equal(await at(one), null);
	status(200, await restore('contact_organizations', third.id));
	assert.equal(await at(one), c.id);
	status(200, await patch(second.id, { ended_on: null }));
	assert.equal(await at(one), c.id);
});

test('an invalid row is refused with a message that names the fault', async () => {
	const one = await contact({ company_id: a.id });
	const again = await join(one, a);
	assert.ok(status(409, again).errors.company_id, again.text);
	for (const [field, value] of [['influence', 101], ['influence', -1], ['influence', 'much'], ['role', ''],
		['role', 'x'.repeat(201)], ['ended_on', '2999-01-01'], ['started_on', '2020-02-31'], ['company_id', theirs.id],
		['company_id', 7], ['contact_id', 7], ['company_id', null], ['contact_id', { id: one.id }], ['is_primary', {}]]) {
		const rs = await join(one, b, { [field]: value });
		assert.ok([400, 422].includes(rs.status), rs.text);
		assert.ok(rs.json.errors[field], rs.text);
	}
	const ended = await join(one, b, { started_on: '2020-01-31', ended_on: '2019-01-31' });
	assert.ok(status(422, ended).errors.ended_on, ended.text);
	const both = await join(one, b, { is_primary: true, ended_on: '2019-01-31' });
	assert.ok(status(422, both).errors.is_primary, both.text);
	assert.equal(await at(one), a.id);
	const [row] = await rows(one);
	const other = await contact();
	for (const [field, id] of [['company_id', b.id], ['contact_id', other.id]]) {
		const kept = await patch(row.id, { [field]: id });
		assert.match(status(422, kept).errors[field], /cannot be changed/);
	}
	status(404, await as(stranger)('GET', `/api/contact_organizations/${row.id}`));
	await switchModules(stranger, true);
	status(404, await as(stranger)('PATCH', `/api/contact_organizations/${row.id}`, { role: 'x' }));
	status(422, await as(stranger)('POST', '/api/contact_organizations', { contact_id: one.id, company_id: theirs.id }));
});

test('a contact has one primary organization, even with concurrent writes', async () => {
	for (let n = 0; n < 3; n++) {
		const one = await contact({ company_id: a.id });
		const second = status(201, await join(one, b)), third = status(201, await join(one, c));
		const answers = await Promise.all([patch(second.id, { is_primary: true }), patch(third.id, { is_primary: true }),
			call('PATCH', `/api/contacts/${one.id}`, { company_id: a.id })]);
		for (const rs of answers)
			status(200, rs);
		invariants();
		const two = await contact();
		const firsts = await Promise.all([join(two, a), join(two, b), join(two, a), join(two, c)]);
		assert.deepEqual(firsts.map((rs) => rs.status).sort(), [201, 201, 201, 409]);
		invariants();
		const all = await rows(two);
		await Promise.all([call('DELETE', `/api/contact_organizations/${all[0].id}`),
			call('PATCH', `/api/contacts/${two.id}`, { company_id: null }), patch(all[1].id, { is_primary: true })]);
		invariants();
	}
});

test('a contact and its organizations are locked in a fixed order', async () => {
	const deadlocks = () => workersLog().match(/ db_deadlock /g)?.length ?? 0, before = deadlocks();
	const one = await contact({ company_id: a.id });
	const row = status(201, await join(one, b, { role: 'Kept' }));
	const answers = new Set();
	const repeat = async (turn) => {
		for (let n = 0; n < (LONG ? 200 : 60); n++)
			answers.add((await turn(n)).status);
	};
	await Promise.all([
		repeat((n) => call('PUT', `/api/contacts/${one.id}`, { ...one, company_id: [a, b][n % 2].id })),
		repeat((n) => call('PUT', `/api/contact_organizations/${row.id}`, { ...row, is_primary: true, role: `${n}` })),
		repeat(async (n) => {
			const added = await join(one, c, { role: `${n}`, is_primary: true });
			return added.status === 201 ? call('DELETE', `/api/contact_organizations/${added.json.id}`) : added;
		})]);
	assert.deepEqual([...answers], [200]);
	assert.equal(deadlocks() - before, 0);
});

test('deleting a company also deletes the contacts without another organization', async () => {
	const own = await company('Own');
	const [alone, both, other] = [await contact({ company_id: own.id }), await contact({ company_id: own.id }), await contact({ company_id: a.id })];
	status(201, await join(both, b, { role: 'Chair' }));
	status(201, await join(other, own, { role: 'Advisor' }));
	status(200, await call('DELETE', `/api/companies/${own.id}`));
	status(404, await call('GET', `/api/contacts/${alone.id}`));
	assert.deepEqual([await seen(both), await seen(other)], [[[b.id, true, false]], [[a.id, true, false]]]);
	invariants();
	status(200, await restore('companies', own.id));
	assert.deepEqual([await seen(alone), await at(alone)], [[[own.id, true, false]], own.id]);
	assert.deepEqual((await seen(both)).sort(), [[own.id, false, false], [b.id, true, false]].sort());
	assert.equal((await rows(other)).find(({ company_id }) => company_id === own.id).role, 'Advisor');
	// Deletes two companies at once. After the deletion of the first, the second would become the contact's company.
	const [x, y] = [await company('X'), await company('Y')];
	const two = await contact({ company_id: x.id });
	status(201, await join(two, y));
	status(200, await call('DELETE', `/api/companies${query({ filter: { id: [x.id, y.id] } })}`));
	invariants();
});

test('a deleted contact is restored with its organizations', async () => {
	const one = await contact({ company_id: a.id });
	status(200, await patch((await rows(one))[0].id, { role: 'Kept' }));
	status(201, await join(one, b, { influence: 5 }));
	const had = await rows(one);
	status(200, await call('DELETE', `/api/contacts/${one.id}`));
	assert.deepEqual(await rows(one), []);
	status(200, await restore('contacts', one.id));
	assert.deepEqual(untimed(await rows(one)), untimed(had));
});

test('a merge keeps the organizations of both contacts, and its undo restores them', async () => {
	for (const [mine, his] of [[a, b], [a, a], [null, b], [a, null]]) {
		const winner = await contact({ company_id: mine?.id ?? null }), loser = await contact({ company_id: his?.id ?? null });
		if (his)
			status(200, await patch((await rows(loser))[0].id, { role: 'Loser', influence: 1 }));
		status(201, await join(loser, c, { role: 'Loser at C' }));
		status(201, await join(winner, c, { role: 'Winner at C' }));
		const plain = (all) => all.map(({ id, created_at, updated_at, ...row }) => JSON.stringify(row)).sort();
		const had = [plain(await rows(winner)), plain(await rows(loser))];
		const { mergeId } = status(200, await call('POST', '/api/merge_contacts', { loserId: loser.id, winnerId: winner.id }));
		invariants();
		const kept = await rows(winner);
		assert.deepEqual(kept.map(({ company_id }) => company_id).sort(),
			[...new Set([mine, his, c].filter(Boolean).map(({ id }) => id))].sort());
		assert.ok(kept.some(({ role }) => role === 'Winner at C'));
		if (his)
			assert.equal(kept.find(({ company_id }) => company_id === his.id).role, 'Loser');
		status(200, await call('POST', `/api/merges/${mergeId}/undo`, {}));
		assert.deepEqual([plain(await rows(winner)), plain(await rows(loser))], had);
		invariants();
		// While the module is off, the preview omits the contact's organizations.
		await switchModules(who, false);
		const ids = { loserId: loser.id, winnerId: winner.id };
		const preview = status(200, await call('POST', '/api/merge_contacts/preview', ids));
		assert.doesNotMatch(JSON.stringify(preview), /organization/);
		const hidden = status(200, await call('POST', '/api/merge_contacts', ids));
		await switchModules(who, true);
		invariants();
		assert.deepEqual((await rows(winner)).map(({ company_id, role }) => [company_id, role]).sort(),
			kept.map(({ company_id, role }) => [company_id, role]).sort());
		await switchModules(who, false);
		status(200, await call('POST', `/api/merges/${hidden.mergeId}/undo`, {}));
		await switchModules(who, true);
		assert.deepEqual([plain(await rows(winner)), plain(await rows(loser))], had);
	}
});

test('a bulk change of company_id changes the primary organizations of many contacts', async () => {
	const ids = [(await contact({ company_id: a.id })).id, (await contact()).id];
	status(200, await call('PATCH', `/api/contacts${query({ filter: { id: ids } })}`, { company_id: b.id }));
	invariants();
	status(200, await call('POST', '/api/contacts/bulk', { ids, set: { company_id: null } }));
	invariants();
});

test('when the module is switched on again, changed companies of contacts are adopted', async () => {
	const [moved, left, later, stays] = [await contact({ company_id: a.id }), await contact({ company_id: a.id }),
		await contact(), await contact({ company_id: a.id })];
	status(201, await join(moved, b, { role: 'Kept' }));
	status(201, await join(stays, b, { role: 'Kept' }));
	const gone = await company('Gone');
	status(201, await join(moved, gone));
	await switchModules(who, false);
	await move(moved, c.id);
	await move(left, null);
	await move(later, b.id);
	const added = await contact({ company_id: c.id });
	status(200, await call('DELETE', `/api/companies/${gone.id}`));
	assert.deepEqual(Object.keys(stays).sort(), Object.keys(added).sort());
	status(200, await restore('companies', gone.id));
	await switchModules(who, true);
	invariants();
	assert.deepEqual((await seen(moved)).filter(([, primary]) => primary), [[c.id, true, false]]);
	assert.deepEqual(await seen(left), [[a.id, false, true]]);
	assert.deepEqual([await seen(later), await seen(added)], [[[b.id, true, false]], [[c.id, true, false]]]);
	assert.deepEqual(await seen(stays), [[a.id, true, false], [b.id, false, false]]);
});

test('the module can be switched on while contacts are written', async () => {
	for (let n = 0; n < 3; n++) {
		await switchModules(who, false);
		const one = await contact();
		await Promise.all([...Array.from({ length: 8 }, () => contact({ company_id: a.id })), switchModules(who, true),
			move(one, b.id), company('Late')]);
		invariants();
		const [[companies, profiles]] = sql(`SELECT (SELECT count(*) FROM crm.companies WHERE org_id = '${who.organization}'),
			(SELECT count(*) FROM crm.company_profiles WHERE org_id = '${who.organization}')`);
		assert.equal(companies, profiles);
	}
});
