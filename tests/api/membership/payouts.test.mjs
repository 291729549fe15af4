// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Payouts (accounts, what holds payouts, batches for the bank, and bank statements), and disputes with their deadlines.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { before, test } from 'node:test';
import { add, good, list, refused } from '../lib/answers.mjs';
import { dump, sql, sqlFor } from '../lib/database.mjs';
import { member, owner } from '../lib/people.mjs';
import { approveIdentity } from '../../lib/rows.mjs';

const IBAN = 'DE89 3704 0044 0532 0130 00', OURS = 'FR14 2004 1010 0505 0001 3M02 606';
let boss, second, staff, guest, other, stranger, org, ours, theirs;
const profiles = {};

before(async () => {
	boss = await owner('payouts');
	org = boss.organization.id;
	stranger = await owner('payouts-stranger');
	for (const who of [boss, stranger])
		await good(who.browser.put('/api/modules/membership', { enabled: true }));
	second = await member(boss, 'admin');
	staff = await member(boss, 'member');
	guest = await member(boss, 'portal');
	other = await member(boss, 'portal');
	for (const who of [boss, guest, other])
		[profiles[who.id]] = await list(boss, 'user_profiles', { user_id: who.id });
	ours = await account(boss, { organization: true, holder: 'Club & <Co>', iban: OURS, bic: 'BNPAFRPP' });
	theirs = await account(guest, { holder: 'Gérard Guest' });
	approveIdentity(profiles[guest.id].id);
	approveIdentity(profiles[other.id].id);
});

const account = (who, row) => add(who, 'payout_accounts', { iban: IBAN, ...row });
const request = (amount = 1250, more = {}) => add(staff, 'user_payouts', { account_id: theirs.id, amount, currency: 'EUR', ...more });
const approve = ({ id }, who = boss) => good(who.browser.post(`/api/user_payouts/${id}/approve`, {}));
const approved = async (...values) => approve(await request(...values));
const batch = (more = {}, who = boss) => who.browser.post('/api/user_payouts/send', { account_id: ours.id, ...more });
const payout = async ({ id }) => (await list(boss, 'user_payouts', { id }))[0];
const state = (entries, who = boss) => who.browser.post('/api/user_payouts/statement', { entries });
const entry = (row, status, more = {}) => ({ reference: row.reference, status, amount: row.amount, currency: row.currency, ...more });
const events = ({ id }) => sqlFor(org, `SELECT kind FROM membership.ledger_transactions WHERE org_id = '${org}' AND resource = 'user_payouts'
	AND row_id = ${id} ORDER BY kind`).map(([kind]) => kind);
const balance = async (kind, currency = 'EUR') => (await list(boss, 'ledger_accounts', { kind, currency })).reduce((sum, a) => sum + a.balance, 0);
const hour = (n) => new Date(Date.now() + n * 3600000).toISOString();

test('an IBAN is checked, encrypted, and shown by its last four characters', async () => {
	assert.deepEqual([theirs.member_id, theirs.country, theirs.last4, ours.member_id, ours.last4], [profiles[guest.id].id, 'DE', '3000', null, '2606']);
	for (const iban of ['DE89370400440532013001', 'DE88370400440532013000', 'DE8937040044053201300', 'XX', 'DE89 3704 0044 0532 0130 0ü', '1'.repeat(40)])
		await refused(guest.browser.post('/api/payout_accounts', { holder: 'x', iban }), 422, /iban/);
	await good(guest.browser.post('/api/payout_accounts', { holder: 'x', iban: 'gb82 west 1234 5698 7654 32' }));
	await refused(guest.browser.post('/api/payout_accounts', { holder: 'x', iban: IBAN, bic: 'nonsense' }), 422, /bic/);
	// Members can add accounts only for themselves, and only administrators can add organization accounts.
	const [foreign, none] = await Promise.all([profiles[other.id].id, 1].map((member_id) =>
		guest.browser.post('/api/payout_accounts', { member_id, holder: 'x', iban: IBAN })));
	assert.deepEqual([foreign.status, foreign.json.detail], [none.status, none.json.detail]);
	for (const who of [guest, staff])
		await refused(who.browser.post('/api/payout_accounts', { organization: true, holder: 'x', iban: IBAN }));
	const [hidden, missing] = await Promise.all([ours.id, 1].map((id) => guest.browser.get(`/api/payout_accounts/${id}`)));
	assert.deepEqual([hidden.status, missing.status], [404, 404]);
	assert.equal((await list(stranger, 'payout_accounts')).length, 0);
	const texts = { database: dump(), audit: JSON.stringify(await good(boss.browser.get('/api/audit_log'))) };
	for (const name of readdirSync(`${process.env.STACK}/log`))
		texts[name] = readFileSync(`${process.env.STACK}/log/${name}`, 'latin1');
	for (const [place, text] of Object.entries(texts))
		for (const number of [IBAN, OURS])
			assert.ok(!text.includes(number) && !text.includes(number.replaceAll(' ', '')), place);
	const gone = await account(guest, { holder: 'Gone' });
	const sealed = () => sqlFor('', `SELECT count(*) FROM ops.sealed_value WHERE resource = 'payout_accounts' AND org_id = '${boss.organization.id}'`)[0][0];
	const was = Number(sealed());
	await good(guest.browser.delete(`/api/payout_accounts/${gone.id}`));
	assert.equal(Number(sealed()), was - 1);
});

test('a batch is an ISO 20022 credit transfer, exact to the cent', async () => {
	const rows = [];
	const known = await account(guest, { holder: 'Gérard Guest', bic: 'COBADEFF' });
	for (const [amount, description, more] of [[1, null], [1010, 'For <you> & "them"'], [99999999, 'x'.repeat(140), { account_id: known.id }]])
		rows.push(await approved(amount, { description, ...more }));
	await request(777);	// this payout is not approved
	for (const who of [staff, guest])
		await refused(batch({}, who));
	await refused(batch({ account_id: theirs.id }), 422, /account_id/);
	await refused(batch({ execute_on: '2020-01-01' }), 422, /past/);
	const made = await good(batch({ execute_on: '2099-03-01' }));
	assert.deepEqual([made.payouts, made.total, made.currency], [3, 100001010, 'EUR']);
	await refused(batch(), 409, /no payout is ready/);
	const [one, two] = await Promise.all([1, 2].map(() => boss.browser.get(`/api/payout_batches/${made.id}/file`)));
	assert.equal(one.text, two.text);
	assert.equal(one.headers['content-type'], 'application/xml');
	const xml = one.text.replace(/>\s+</g, '><');
	// Returns the elements in the order of the pain.001.001.09 schema.
	const transfer = (n) => `<CdtTrfTxInf><PmtId><EndToEndId>${rows[n].reference}</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">${['0.01', '10.10', '999999.99'][n]}</InstdAmt></Amt>`
		+ `${n === 2 ? '<CdtrAgt><FinInstnId><BICFI>COBADEFF</BICFI></FinInstnId></CdtrAgt>' : ''}<Cdtr><Nm>Gérard Guest</Nm></Cdtr>`
		+ `<CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct><RmtInf><Ustrd>${[rows[0].reference, 'For &lt;you&gt; &amp; &quot;them&quot;', 'x'.repeat(140)][n]}</Ustrd></RmtInf></CdtTrfTxInf>`;
	const sums = '<NbOfTxs>3</NbOfTxs><CtrlSum>1000010.10</CtrlSum>', ourName = 'Club &amp; &lt;Co&gt;';
	assert.equal(xml.replaceAll('"them"', '&quot;them&quot;').trim(), '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>'
		+ `<GrpHdr><MsgId>PB-${made.id}</MsgId><CreDtTm>${made.created_at.slice(0, 19)}Z</CreDtTm>${sums}<InitgPty><Nm>${ourName}</Nm></InitgPty></GrpHdr>`
		+ `<PmtInf><PmtInfId>PB-${made.id}</PmtInfId><PmtMtd>TRF</PmtMtd>${sums}<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>`
		+ `<ReqdExctnDt><Dt>2099-03-01</Dt></ReqdExctnDt><Dbtr><Nm>${ourName}</Nm></Dbtr><DbtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></DbtrAcct>`
		+ '<DbtrAgt><FinInstnId><BICFI>BNPAFRPP</BICFI></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>'
		+ `${[0, 1, 2].map(transfer).join('')}</PmtInf></CstmrCdtTrfInitn></Document>`);
	for (const who of [staff, guest, stranger])
		assert.ok([404, 422].includes((await who.browser.get(`/api/payout_batches/${made.id}/file`)).status));
	// Currencies without a minor unit and with three decimals are in separate files.
	for (const [currency, text] of [['JPY', '1250'], ['KWD', '1.250']]) {
		await approved(1250, { currency });
		const { id } = await good(batch({ currency }));
		const file = (await boss.browser.get(`/api/payout_batches/${id}/file`)).text;
		assert.match(file, new RegExp(`<CtrlSum>${text}</CtrlSum>[^]*<InstdAmt Ccy="${currency}">${text}</InstdAmt>`));
		assert.doesNotMatch(file, /SEPA/);
	}
});

test('with eight concurrent batches, each payout is in one batch', async () => {
	const rows = await Promise.all(Array.from({ length: 12 }, () => approved()));
	const all = await Promise.all(Array.from({ length: 8 }, () => batch()));
	const made = all.filter(({ status }) => status === 201).map(({ json }) => json);
	assert.ok(all.every(({ status }) => [201, 409].includes(status)));
	assert.equal(made.reduce((sum, { payouts }) => sum + payouts, 0), rows.length);
	for (const { id, payouts, total } of made)
		assert.deepEqual(sqlFor(org, `SELECT count(*), sum(amount) FROM membership.user_payouts WHERE batch_id = ${id}`), [[String(payouts), String(total)]]);
});

test('a dispute, an unverified member and a lost IBAN hold a payout', async () => {
	const payment = await add(boss, 'user_payments', { member_id: profiles[other.id].id, amount: 3000, currency: 'EUR' });
	await good(boss.browser.post(`/api/user_payments/${payment.id}/succeed`, {}));
	const cash = await balance('cash');
	const direct = await approved(900), passed = await approved(2000, { payment_id: payment.id });
	const dispute = await add(staff, 'disputes', { payment_id: payment.id, reason: 'not ordered', evidence_due_at: hour(1) });
	const about = await add(staff, 'disputes', { payout_id: direct.id, reason: 'not received', amount: 500 });
	assert.deepEqual([dispute.member_id, dispute.amount, about.member_id, about.amount, about.currency],
		[profiles[other.id].id, 3000, profiles[guest.id].id, 500, 'EUR']);
	for (const row of [direct, passed])
		assert.deepEqual((await payout(row)).holds, ['dispute']);
	await refused(batch(), 409, /no payout is ready/);
	assert.deepEqual([await balance('disputed'), await balance('cash')], [3000, cash - 3000], 'the chargeback');
	await refused(staff.browser.post('/api/disputes', { payment_id: payment.id, reason: 'again' }), 409, /./);
	await refused(boss.browser.post(`/api/user_payments/${payment.id}/refund`, {}), 409, /the payment is disputed/);
	await good(other.browser.post(`/api/disputes/${dispute.id}/submit`, { evidence: 'the order' }));
	await good(second.browser.post(`/api/disputes/${dispute.id}/win`, { note: 'convincing' }));
	await good(boss.browser.post(`/api/disputes/${about.id}/win`, {}));
	assert.deepEqual([await balance('disputed'), await balance('cash')], [0, cash]);
	const revoke = (to, from) => sqlFor('', `SET session_replication_role = replica; UPDATE membership.kyc_verification SET status = '${to}'
		WHERE member_id = ${profiles[guest.id].id} AND status = '${from}'`);
	revoke('revoked', 'approved');
	assert.deepEqual((await payout(direct)).holds, ['kyc']);
	await refused(batch(), 409, /no payout is ready/);
	revoke('approved', 'revoked');
	sqlFor('', `CREATE TABLE kept AS SELECT * FROM ops.sealed_value WHERE row_id = ${theirs.id}; DELETE FROM ops.sealed_value WHERE row_id = ${theirs.id}`);
	assert.deepEqual((await payout(direct)).holds, ['account']);
	await refused(batch(), 409, /no payout is ready/);
	sqlFor('', 'INSERT INTO ops.sealed_value SELECT * FROM kept; DROP TABLE kept');
	assert.deepEqual((await payout(direct)).holds, []);
	assert.equal((await good(batch())).payouts, 2);
	// Money of a disputed payment is not paid out.
	const charged = await add(boss, 'user_payments', { member_id: profiles[other.id].id, amount: 100, currency: 'EUR' });
	await good(boss.browser.post(`/api/user_payments/${charged.id}/succeed`, {}));
	const held = await approved(100, { payment_id: charged.id });
	const lost = await add(staff, 'disputes', { payment_id: charged.id, reason: 'fraud' });
	await good(boss.browser.post(`/api/disputes/${lost.id}/lose`, {}));
	assert.deepEqual((await payout(held)).holds, ['dispute']);
	await good(boss.browser.post(`/api/user_payouts/${held.id}/cancel`, {}));
	assert.deepEqual(events(held), ['payout_approved', 'payout_reversed']);
});

test('a payout is limited to the remaining amount of its payment, until the bank file is created', async () => {
	const paid = async (amount = 5000) => {
		const { id } = await add(boss, 'user_payments', { member_id: profiles[other.id].id, amount, currency: 'EUR' });
		await good(boss.browser.post(`/api/user_payments/${id}/succeed`, {}));
		return id;
	};
	const refund = (id, amount) => good(boss.browser.post(`/api/user_payments/${id}/refund`, { amount }));
	const file = ({ id }) => boss.browser.get(`/api/payout_batches/${id}/file`);
	const ask = (payment_id, amount, more = {}) => staff.browser.post('/api/user_payouts', { account_id: theirs.id, payment_id, amount, currency: 'EUR', ...more });
	// A payout can be requested only for a received payment, in the payment's currency, and within the amount that
	// other payouts leave.
	const pending = await add(boss, 'user_payments', { member_id: profiles[other.id].id, amount: 5000, currency: 'EUR' });
	const one = await paid();
	await refused(ask(pending.id, 1), 422, /amount/);
	await refused(ask(one, 99999999), 422, /at most 5000/);
	await refused(ask(one, 100, { currency: 'USD' }), 422, /amount/);
	const all = await Promise.all([1, 2, 3, 4].map(() => ask(one, 2000)));
	assert.deepEqual(all.map(({ status }) => status).sort(), [201, 201, 422, 422], 'at once');
	const [first, last] = all.filter(({ status }) => status === 201).map(({ json }) => json).sort((a, b) => a.id - b.id);
	await refund(one, 500);
	await refused(ask(one, 501), 422, /at most 500/);
	// The money of a requested refund is not available either, even if the provider has not responded.
	for (const status of ['asked', 'uncertain']) {
		sqlFor(org, `INSERT INTO membership.payment_refunds (org_id, payment_id, amount, status) VALUES ('${org}', ${one}, 100, '${status}')`);
		await refused(ask(one, 401), 422, /at most 400/);
		sqlFor(org, `DELETE FROM membership.payment_refunds WHERE payment_id = ${one} AND status = '${status}'`);
	}
	// Before a batch, a refund of the remaining amount holds the later payout, and another refund holds both.
	await approve(first);
	await approve(last);
	await refund(one, 501);
	assert.deepEqual([(await payout(first)).holds, (await payout(last)).holds], [[], ['payment']]);
	await refund(one);
	assert.deepEqual([(await payout(first)).holds, (await payout(last)).holds], [['payment'], ['payment']]);
	await refused(batch(), 409, /no payout is ready/);
	for (const { id } of [first, last])
		await good(boss.browser.post(`/api/user_payouts/${id}/cancel`, {}));
	// After the batch, a refund, a dispute or a lost verification is detected when the file is created.
	const [two, three] = [await paid(), await paid()];
	const [back, disputed, fine] = [await approved(5000, { payment_id: two }), await approved(5000, { payment_id: three }), await approved(700)];
	const made = await good(batch());
	assert.equal(made.payouts, 3);
	const whole = await good(file(made).then((rs) => ({ ...rs, json: rs.text })));
	await refund(two);
	await add(staff, 'disputes', { payment_id: three, reason: 'fraud' });
	assert.deepEqual([(await payout(back)).holds, (await payout(disputed)).holds, (await payout(fine)).holds], [['payment'], ['dispute'], []]);
	await refused(file(made), 409, new RegExp(`${back.reference} .payment.*${disputed.reference} .dispute`));
	await refused(staff.browser.post(`/api/user_payouts/${back.id}/withdraw`, {}), 422, /./);
	for (const { id } of [back, disputed])
		assert.equal((await good(boss.browser.post(`/api/user_payouts/${id}/withdraw`, { reason: 'held' }))).status, 'failed');
	const rest = (await file(made)).text;
	assert.match(rest, /<NbOfTxs>1<\/NbOfTxs><CtrlSum>7.00<\/CtrlSum>/);
	assert.ok(whole.includes(back.reference) && rest.includes(fine.reference) && !rest.includes(back.reference) && !rest.includes(disputed.reference));
	assert.deepEqual(events(back), ['payout_approved', 'payout_reversed']);
	// Settled payouts are not checked again, because the file is then a record.
	await good(state([entry(fine, 'paid')]));
	assert.equal((await file(made)).text, rest);
	await good(state([entry(fine, 'failed')]));
	await refused(file(made), 409, /the batch has no payouts left/);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
});

test('a statement marks each payout as paid or failed once', async () => {
	const rows = [];
	for (const amount of [100, 200, 300])
		rows.push(await approved(amount));
	const waits = await approved(400, { currency: 'CHF' });
	await good(batch());
	const cash = await balance('cash');
	const [one, two, three] = await Promise.all(rows.map(payout));
	for (const who of [staff, guest])
		await refused(state([entry(one, 'paid')], who));
	const entries = [entry(three, 'paid'), entry(one, 'paid'), entry(two, 'failed', { reason: 'AC04 closed account' }), entry(one, 'paid'),
		entry(waits, 'paid'), { ...entry(one, 'paid'), reference: 'PO-1' }, { ...entry(one, 'paid'), reference: 'rent' }];
	for (const wrong of [[{}], [{ ...entries[0], amount: '300' }], [{ ...entries[0], amount: 3.5 }], ['x'], 'x'])
		assert.ok([400, 422].includes((await state(wrong)).status), JSON.stringify(wrong));
	assert.equal((await good(state([entry(one, 'paid', { amount: 99 }), entry(one, 'paid', { currency: 'CHF' })])))[1].effect, 'another amount');
	const all = await Promise.all([1, 2, 3, 4].map(() => good(state(entries))));
	for (const [{ reference }, effect] of [[one, 'paid'], [two, 'failed'], [three, 'paid']])
		assert.equal(all.flat().filter((e) => e.reference === reference && e.effect === effect).length, 1, reference);
	assert.deepEqual(all[0].filter(({ reference }) => [waits.reference, 'PO-1', 'rent'].includes(reference)).map(({ effect }) => effect).sort(),
		['it is approved', 'unknown', 'unknown']);
	assert.deepEqual((await Promise.all(rows.map(payout))).map(({ status, reason }) => [status, reason]),
		[['paid', null], ['failed', 'AC04 closed account'], ['paid', null]]);
	assert.equal(await balance('cash'), cash - 400);
	assert.deepEqual(rows.map(events), [['payout_approved', 'payout_paid'], ['payout_approved', 'payout_reversed'], ['payout_approved', 'payout_paid']]);
	// A returned payout takes effect once.
	for (const turn of [1, 2])
		await good(state([entry(one, 'failed', { reason: `returned ${turn}` })]));
	assert.equal((await payout(one)).reason, 'returned 1');
	assert.deepEqual(events(one), ['payout_approved', 'payout_paid', 'payout_returned', 'payout_reversed']);
	assert.equal(await balance('cash'), cash - 300);
	assert.equal((await good(state([entry(one, 'paid')])))[0].effect, 'it is failed');
	// A payout of another organization is unknown.
	assert.equal((await good(state([entry(three, 'failed')], stranger)))[0].effect, 'unknown');
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
});

test('an ISO 20022 statement (camt.053) is read', async () => {
	const rows = [];
	for (const amount of [100, 250, 1999, 5000])
		rows.push(await approved(amount));
	await good(batch());
	const [one, two, three, four] = await Promise.all(rows.map(payout));
	const transfer = (row, { side, amount, more = '' } = {}) => `<TxDtls><Refs><EndToEndId>${row.reference}</EndToEndId></Refs>`
		+ `${amount ? `<Amt Ccy="EUR">${amount}</Amt>` : ''}${side ? `<CdtDbtInd>${side}</CdtDbtInd>` : ''}${more}</TxDtls>`;
	const ntry = (amount, side, details, status = '<Cd>BOOK</Cd>') => `<Ntry><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd><Sts>${status}</Sts>
		<BookgDt><Dt>2026-11-25</Dt></BookgDt><NtryDtls>${details}</NtryDtls></Ntry>`;
	const file = (...entries) => `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
		<GrpHdr><MsgId>1</MsgId><CreDtTm>2026-11-25T00:00:00Z</CreDtTm></GrpHdr><Stmt><Id>1</Id><Bal><Amt Ccy="EUR">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
		${entries.join('')}</Stmt></BkToCstmrStmt></Document>`;
	const read = (camt053) => boss.browser.post('/api/user_payouts/statement', { camt053 });
	const back = '<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>';
	// The statement contains a batch that is one entry with the amounts of its transfers (in both versions), a return,
	// a pending entry, and income.
	const all = file(ntry('3.50', 'DBIT', transfer(one, { amount: '1.00' }) + transfer(two, { more: '<AmtDtls><TxAmt><Amt Ccy="EUR">2.50</Amt></TxAmt></AmtDtls>' })),
		ntry('19.99', 'CRDT', transfer(three, { more: back }), 'BOOK'), ntry('50.00', 'DBIT', transfer(four), '<Cd>PDNG</Cd>'),
		ntry('50.00', 'CRDT', transfer(four)));
	const effects = [await good(read(all)), await good(read(all))].map((told) => told.map(({ reference, effect }) => [reference, effect]));
	assert.deepEqual(effects, ['paid', 'known'].map((first) => [[one.reference, first], [two.reference, first],
		[three.reference, first === 'paid' ? 'failed' : 'known']]));
	assert.deepEqual((await Promise.all(rows.map(payout))).map(({ status, reason }) => [status, reason]),
		[['paid', null], ['paid', null], ['failed', 'AC04'], ['sent', null]]);
	assert.equal((await good(read(file(ntry('50.01', 'DBIT', transfer(four))))))[0].effect, 'another amount');
	assert.equal((await good(read(file(ntry('50.00', 'DBIT', transfer(four))))))[0].effect, 'paid');
	for (const [text, code] of [['x', 'camt_invalid'], ['<a/>', 'camt_statement'], [all.slice(0, -20), 'camt_invalid'], ['<a>'.repeat(40), 'camt_nested'],
		[all.replace('<Document', '<!DOCTYPE x [<!ENTITY e "e">]><Document'), 'camt_doctype']]) {
		const { json } = await boss.browser.post('/api/user_payouts/statement', { camt053: text });
		assert.deepEqual([json.status, json.code], [422, code], text.slice(0, 80));
	}
	await refused(read(''), 422, /camt053/);
	assert.equal((await boss.browser.post('/api/user_payouts/statement', { camt053: all, entries: [] })).status, 422);
});

test('a role must name approval and sending to permit them', async () => {
	const { id } = await request();
	for (const [role, actions, status] of [['cashier', ['read', 'update'], 422], ['treasurer', ['read', 'update', 'approve', 'send'], 200]]) {
		await good(boss.browser.post('/api/auth/organization/create-role', { role, permission: { user_payouts: actions, payout_accounts: ['read'] } }));
		const who = await member(boss, role);
		assert.equal((await who.browser.post(`/api/user_payouts/${id}/approve`, {})).status, status, role);
		assert.equal((await batch({}, who)).status, status === 200 ? 201 : 422, role);
	}
});

test('a dispute without evidence by the deadline is lost', async () => {
	const paid = async () => {
		const { id } = await add(boss, 'user_payments', { member_id: profiles[guest.id].id, amount: 500, currency: 'EUR' });
		await good(boss.browser.post(`/api/user_payments/${id}/succeed`, {}));
		return id;
	};
	const open = async (more) => add(staff, 'disputes', { payment_id: await paid(), reason: 'fraud', ...more });
	const late = await open({ evidence_due_at: hour(-1), amount: 300 }), answered = await open(), later = await open({ evidence_due_at: hour(1) });
	await refused(guest.browser.post(`/api/disputes/${late.id}/submit`, { evidence: 'x' }), 409, /deadline for evidence has passed/);
	await refused(other.browser.post(`/api/disputes/${answered.id}/submit`, { evidence: 'x' }), 404, /./);
	await refused(guest.browser.post(`/api/disputes/${answered.id}/submit`, { evidence: ' ' }), 422, /evidence/);
	await good(guest.browser.post(`/api/disputes/${answered.id}/submit`, { evidence: 'signed' }));
	sqlFor(org, `SET session_replication_role = replica; UPDATE membership.disputes SET evidence_due_at = now() - interval '1 minute' WHERE id = ${answered.id}`);
	const owes = await balance('receivable');
	sql("UPDATE ops.organization_turn SET due_at = now() WHERE task LIKE 'membership%'");
	sql('SELECT membership.run_tasks(500)');
	assert.deepEqual((await Promise.all([late, answered, later].map(async ({ id }) => (await list(boss, 'disputes', { id }))[0]))).map(({ status, note }) => [status, note]),
		[['lost', 'no evidence in time'], ['evidence', null], ['open', null]]);
	assert.equal(await balance('receivable'), owes + 300, 'the member owes it again');
	for (const [body, status] of [[{ reason: 'x' }, 422], [{ payment_id: 1, reason: 'x' }, 422], [{ payout_id: 1, reason: 'x' }, 422],
		[{ payment_id: await paid(), reason: 'x', amount: 501 }, 422], [{ payment_id: await paid() }, 422]])
		assert.equal((await boss.browser.post('/api/disputes', body)).status, status, JSON.stringify(body));
	assert.equal((await guest.browser.post('/api/disputes', { payment_id: await paid(), reason: 'x' })).status, 422);
	assert.deepEqual(sql('SELECT * FROM membership.wrong_ledgers()'), []);
});

test('members can see their own payouts and disputes, but not add any', async () => {
	const viewer = await member(boss, 'viewer');
	await add(staff, 'user_payouts', { account_id: (await account(other, { holder: 'Other' })).id, amount: 1, currency: 'EUR' });
	for (const resource of ['user_payouts', 'disputes', 'payout_accounts']) {
		const mine = await list(guest, resource), foreign = await list(boss, resource, { member_id: profiles[other.id].id });
		assert.ok(mine.length > 0 && mine.every(({ member_id }) => member_id === profiles[guest.id].id), resource);
		assert.deepEqual(await list(viewer, resource), await list(boss, resource));
		assert.equal((await guest.browser.get(`/api/${resource}/export`)).status, 422);
		const [one, none] = await Promise.all([foreign[0].id, 1].map((id) => guest.browser.get(`/api/${resource}/${id}`)));
		assert.deepEqual([one.status, one.json.detail], [404, none.json.detail]);
	}
	assert.ok((await list(boss, 'payout_batches')).length > 0);
	for (const who of [guest, viewer]) {
		await refused(who.browser.post('/api/user_payouts', { account_id: theirs.id, amount: 1, currency: 'EUR' }));
		assert.equal((await who.browser.post('/api/user_payouts/send', { account_id: ours.id })).status, 422);
	}
	assert.equal((await guest.browser.get('/api/payout_batches')).status, 422);
	await refused(staff.browser.post('/api/user_payouts', { account_id: ours.id, amount: 1, currency: 'EUR' }), 422, /account_id/);
	await refused(boss.browser.delete(`/api/payout_accounts/${theirs.id}`), 422, /other rows refer to this row/);
});
