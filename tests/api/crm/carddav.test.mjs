// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// Contacts as a CardDAV address book.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DAVClient } from 'tsdav';
import { fill } from '../lib/database.mjs';
import { BASE } from '../lib/http.mjs';
import { owner } from '../lib/people.mjs';

const made = async (who, resource, row) => {
	const rs = await who.browser.post(`/api/${resource}`, row);
	assert.equal(rs.status, 201, rs.text);
	return rs.json;
};
const keyOf = async (who, permissions) => {
	const rs = await who.browser.post('/api/auth/api-key/create', { name: 'phone',
		...permissions && { permissions } });
	assert.equal(rs.status, 200, rs.text);
	return rs.json;
};
const basic = (key) => ({ authorization: `Basic ${Buffer.from(`phone:${key}`).toString('base64')}` });
const dav = (method, path, key, { body, ...headers } = {}) => fetch(BASE + path, { method, body,
	redirect: 'manual', headers: { ...key && basic(key), ...body && { 'content-type':
		'application/xml' }, ...headers } });
const BOOK = '/carddav/books/contacts/';
const text = async (...of) => (await dav(...of)).text();
const multiget = (hrefs, version) => `<C:addressbook-multiget xmlns:D="DAV:"
	xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data${
	version ? ` content-type="text/vcard" version="${version}"` : ''}/></D:prop>${
	hrefs.map((h) => `<D:href>${h}</D:href>`).join('')}</C:addressbook-multiget>`;
const query = (filter = '') => `<C:addressbook-query xmlns:D="DAV:"
	xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data/></D:prop>${
	filter}</C:addressbook-query>`;

const me = await owner('dav');
const stranger = await owner('elsewhere');
const phone = await keyOf(me);
const company = await made(me, 'companies', { name: 'Söhne & <Co> ]]>' });
const ada = await made(me, 'contacts', { first_name: 'Ada', last_name: 'Love "&lt;" lace',
	company_id: company.id, background: 'bell \u0007 and \uffff',
	email_jsonb: [{ email: 'ada@work.test', type: 'Work' }] });
const bob = await made(me, 'contacts', { first_name: 'Bob' });
const other = await made(stranger, 'contacts', { first_name: 'Secret', last_name: 'Person' });

const client = async (key) => {
	const c = new DAVClient({ serverUrl: BASE, authMethod: 'Basic',
		credentials: { username: 'phone', password: key }, defaultAccountType: 'carddav' });
	await c.login();
	return c;
};

test('P55 a client finds the address book and reads its cards', async () => {
	const c = await client(phone.key);
	const books = await c.fetchAddressBooks();
	assert.deepEqual(books.map((b) => [b.displayName, new URL(b.url).pathname]), [['Contacts', BOOK]]);
	assert.deepEqual(books[0].reports, ['addressbookMultiget', 'addressbookQuery']);
	const cards = await c.fetchVCards({ addressBook: books[0] });
	assert.deepEqual(cards.map((x) => new URL(x.url).pathname),
		[ada, bob].map((x) => `${BOOK}${x.id}.vcf`));
	assert.match(cards[0].data, /^BEGIN:VCARD\r?\nVERSION:3.0\r?\n/);
	assert.match(cards[0].data, /ORG:Söhne & <Co> ]]>/);
	assert.match(cards[0].data, /N:Love "&lt\\;" lace;Ada;;;/);
	assert.match(cards[0].data, /EMAIL;TYPE=work:ada@work.test/);
	assert.ok(!JSON.stringify(cards).includes('Secret'));
	// A single GET returns the same card.
	const one = await dav('GET', `${BOOK}${bob.id}.vcf`, phone.key);
	assert.equal(one.headers.get('content-type'), 'text/vcard; charset=utf-8');
	assert.equal(one.headers.get('etag'), cards[1].etag);
	assert.match(await one.text(), /\r\nFN:Bob\r\n/);
	assert.equal((await dav('GET', `${BOOK}${bob.id}.vcf`, phone.key,
		{ 'if-none-match': cards[1].etag })).status, 304);
	assert.equal((await dav('HEAD', `${BOOK}${bob.id}.vcf`, phone.key)).status, 200);
});

test('P55 only a change in its content changes a card\'s ETag', async () => {
	const etags = async () => [...(await text('PROPFIND', BOOK, phone.key, { depth: '1' }))
		.matchAll(/<D:getetag>&quot;(\w{32})&quot;<\/D:getetag>/g)].map((m) => m[1]);
	const before = await etags();
	assert.equal(before.length, 2);
	assert.deepEqual(await etags(), before);
	const rs = await me.browser.send('PUT', `/api/companies/${company.id}`,
		{ ...company, name: 'New & Co' });
	assert.equal(rs.status, 200, rs.text);
	const after = await etags();
	assert.notEqual(after[0], before[0]);
	assert.equal(after[1], before[1]);
	assert.match(await text('GET', `${BOOK}${ada.id}.vcf`, phone.key), /ORG:New & Co\r\n/);
});

test('P55 REPORT returns cards by name in either version, and no cards of other organizations', async () => {
	const hrefs = [`${BOOK}${bob.id}.vcf`, `${BASE}${BOOK}${ada.id}.vcf`,
		`${BOOK}${other.id}.vcf`, `${BOOK}x&lt;.vcf`, `${BOOK}${'9'.repeat(18)}.vcf`];
	const rs = await dav('REPORT', BOOK, phone.key, { body: multiget(hrefs) });
	assert.equal(rs.status, 207);
	assert.equal(rs.headers.get('content-type'), 'application/xml; charset=utf-8');
	const xml = await rs.text();
	assert.equal(xml.match(/BEGIN:VCARD&#13;\n/g).length, 2);
	assert.equal(xml.match(/<D:status>HTTP\/1.1 404 Not Found<\/D:status><\/D:response>/g).length, 3);
	assert.ok(xml.includes('x&lt;.vcf</D:href>') && !xml.includes('Secret'));
	assert.match(await text('REPORT', BOOK, phone.key, { body: multiget(hrefs, '4.0'),
		'content-type': 'text/xml; charset=utf-8' }), /VERSION:4.0/);
	assert.equal((await dav('GET', `${BOOK}${other.id}.vcf`, phone.key)).status, 404);
	assert.equal((await dav('GET', `${BOOK}x.vcf`, phone.key)).status, 404);
});

test('P55 the server advertises what it supports, and refuses everything else', async () => {
	const options = await dav('OPTIONS', BOOK);
	assert.deepEqual([options.status, options.headers.get('dav')], [200, '1, 3, addressbook']);
	const lead = await dav('PROPFIND', '/.well-known/carddav', undefined, { depth: '0' });
	assert.deepEqual([lead.status, new URL(lead.headers.get('location'), BASE).pathname],
		[301, '/carddav/']);
	for (const [method, path] of [['PUT', `${BOOK}new.vcf`], ['PUT', `${BOOK}${ada.id}.vcf`],
		['DELETE', `${BOOK}${ada.id}.vcf`], ['PROPPATCH', BOOK], ['DELETE', BOOK]]) {
		const rs = await dav(method, path, phone.key, { 'if-match': '"x"',
			...method[0] === 'P' && { body: '<x/>' } });
		assert.equal(rs.status, 403, `${method} ${path}`);
		assert.match(await rs.text(), /<D:error .*<D:need-privileges\/><\/D:error>/);
		assert.equal((await dav(method, path)).status, 401);
	}
	assert.equal((await me.browser.get(`/api/contacts/${ada.id}`)).status, 200);
	for (const [filter, status] of [['<C:filter/>', 207], ['<C:filter><C:prop-filter name="FN"/></C:filter>', 207],
		['<C:filter><C:prop-filter name="NICKNAME"/></C:filter>', 403],
		['<C:filter><C:prop-filter name="FN"><C:text-match>B</C:text-match></C:prop-filter></C:filter>', 403]])
		assert.equal((await dav('REPORT', BOOK, phone.key, { body: query(filter) })).status, status, filter);
	assert.equal((await dav('REPORT', BOOK, phone.key, { body: multiget([], '2.1') })).status, 403);
	assert.match(await text('PROPFIND', BOOK, phone.key, { depth: 'infinity' }), /finite-depth/);
	assert.match(await text('REPORT', BOOK, phone.key, { body: '<D:sync-collection xmlns:D="DAV:"/>' }),
		/supported-report/);
	const odd = await text('PROPFIND', BOOK, phone.key, { depth: '0', body:
		'<propfind xmlns="DAV:"><prop><displayname/><a xmlns="x&amp;&quot;y"/><b xmlns=""/></prop></propfind>' });
	assert.match(odd, /<x:a xmlns:x="x&amp;&quot;y"\/><b xmlns=""\/><\/D:prop><D:status>HTTP\/1.1 404/);
});

test('P55 hostile XML is refused quickly', async () => {
	const began = Date.now();
	const laughs = `<!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, i) =>
		`<!ENTITY a${i} "${`&a${i ? i - 1 : ''};`.repeat(10)}">`).join('')}]><a>&a19;</a>`;
	for (const body of [laughs, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', '<a>', 'x', '<a/><b/>',
		'<a>'.repeat(50) + '</a>'.repeat(50), '<a>\u0000</a>', '<a>&x;</a>',
		`<propfind xmlns="DAV:"><prop>${'<x/>'.repeat(101)}</prop></propfind>`,
		multiget(Array(5001).fill('/'))])
		for (const method of ['PROPFIND', 'REPORT'])
			assert.equal((await dav(method, BOOK, phone.key, { body, depth: '1' })).status, 400,
				body.slice(0, 60));
	assert.equal((await dav('REPORT', BOOK, phone.key,
		{ body: query(), 'content-type': 'application/json' })).status, 415);
	assert.equal((await dav('REPORT', BOOK, phone.key, { body: query('x'.repeat(2 << 20)) })).status, 413);
	assert.ok(Date.now() - began < 60000);
});

test('P55 a request without a key that permits contacts:read is refused', async () => {
	const tags = await keyOf(me, { tags: ['read'] }).catch(() => null);
	for (const path of ['/carddav/', '/carddav/principal/', '/carddav/books/', BOOK]) {
		const none = await dav('PROPFIND', path, undefined, { depth: '0' });
		assert.deepEqual([none.status, none.headers.get('www-authenticate')],
			[401, 'Basic realm="Tenantry", charset="UTF-8"'], path);
		assert.equal((await dav('PROPFIND', path, 'x'.repeat(64), { depth: '0' })).status, 401);
		if (tags)
			assert.equal((await dav('PROPFIND', path, tags.key, { depth: '0' })).status, 403);
	}
	// A cookie does not authenticate, because another site could make the
	// browser send it.
	assert.equal((await me.browser.send('PROPFIND', '/carddav/')).status, 401);
	for (const authorization of ['Basic', 'Basic ', 'Basic !!', `Basic ${btoa('phone')}`, `Basic ${btoa('phone:')}`,
		`Basic ${btoa('a:b\0c')}`])
		assert.equal((await dav('PROPFIND', BOOK, undefined, { depth: '0', authorization })).status, 401);
	const gone = await keyOf(me);
	const read = (path = BOOK) => dav('PROPFIND', path, gone.key, { depth: '1' });
	assert.equal((await read()).status, 207);
	const rs = await me.browser.post('/api/auth/api-key/delete', { keyId: gone.id });
	assert.equal(rs.status, 200, rs.text);
	assert.equal((await read()).status, 401);
	for (const path of ['nginx-access.log', 'workers.log']) {
		const log = readFileSync(`${process.env.STACK}/log/${path}`, 'utf8');
		assert.ok(!log.includes(gone.key) && !log.includes(basic(gone.key).authorization), path);
	}
});

test('P55 an address book of many pages is returned completely', async () => {
	const many = await owner('many');
	fill(many.organization.id, `INSERT INTO crm.contacts (org_id, first_name)
		SELECT '${many.organization.id}', 'P' || n FROM generate_series(1, 2250) n`);
	const { key } = await keyOf(many);
	const listed = await text('PROPFIND', BOOK, key, { depth: '1' });
	assert.equal(new Set(listed.match(/\d+\.vcf/g)).size, 2250);
	const whole = await text('REPORT', BOOK, key, { body: query() });
	assert.equal(whole.match(/BEGIN:VCARD/g).length, 2250);
	assert.ok(whole.endsWith('</D:multistatus>\n'));
});
