// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off
// own stack: it lists the files of all organizations.
// tenantry org export and import, which move an organization to another server.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { makeDatabase, sql } from '../lib/database.mjs';
import { get, onDisk, startJobs, until } from '../lib/files.mjs';
import { send } from '../lib/http.mjs';
import { member, owner } from '../lib/people.mjs';

const { BUILD, SOURCES, DATABASE_URL, PGDATABASE } = process.env;
const work = mkdtempSync(join(tmpdir(), 'tenantry-archive.'));
const elsewhere = `${PGDATABASE}_elsewhere`;
const there = { DATABASE_URL: DATABASE_URL.replace(PGDATABASE, elsewhere),
	UPLOAD_DIR: join(work, 'uploads') };
mkdirSync(there.UPLOAD_DIR);
const run = (words, env = {}) => spawnSync(`${BUILD}/tenantry`, words,
	{ encoding: 'utf8', env: { ...process.env, TENANTRY_SQL: SOURCES, ...env } });
const psql = (database, text) => {
	const out = spawnSync('psql', ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', database, '-c', text],
		{ encoding: 'utf8' });
	assert.equal(out.status, 0, out.stderr);
	return out.stdout.trim();
};
const ok = (out) => {
	assert.equal(out.status, 0, out.stderr);
	return out.stdout;
};
const archive = join(work, 'org.tar');
after(() => {
	rmSync(work, { recursive: true });
	psql('postgres', `DROP DATABASE IF EXISTS "${elsewhere}" WITH (FORCE)`);
});

const me = await owner('archive');
const colleague = await member(me);
const neighbour = await owner('neighbour');
const slug = me.organization.slug;
const make = async (resource, body, who = me) => {
	const rs = await who.browser.post(`/api/${resource}`, body);
	assert.ok(rs.status < 300, `${resource}: ${rs.text}`);
	return rs.json;
};

// Rows of all kinds, with values that are easily damaged.
const company = await make('companies', { name: 'Ünïcode "quoted" \\ \n line', context_links:
	['https://a.test/?x=1&y=2'], website: 'https://example.test' });
const contact = await make('contacts', { first_name: 'A', last_name: 'B', company_id: company.id,
	email_jsonb: [{ email: 'a@b.test', type: 'Work' }], has_newsletter: false });
const other = await make('contacts', { first_name: 'A2', last_name: 'B', external_ids: { import: ['file 7'] } });
await make('tags', { name: 't', color: '#fff' });
const deal = await make('deals', { name: 'D', stage: 'opportunity', company_id: company.id,
	contact_ids: [contact.id], amount: 12345 });
await make('tasks', { contact_id: contact.id, text: 'x', due_date: '2030-01-01T00:00:00Z' });
await make('automation_rules', { name: 'r', trigger_type: 'contact.created',
	action_type: 'create_note', action_config: { text: 'by rule' } });
await make('contacts', { first_name: 'Ruled', last_name: 'B' }, colleague);
const file = await send('POST', '/api/upload', { body: 'the bytes of a file\n', headers: {
	'content-type': 'text/plain', 'x-file-name': 'a.txt', authorization: `Bearer ${me.token}` } });
assert.equal(file.status, 201, file.text);
const note = await make('contact_notes', { contact_id: contact.id, text: 'with file',
	attachments: [{ src: file.json.src ?? file.json.url, title: 'a.txt', type: 'text/plain' }] });
await make('field_definitions', { resource: 'deals', key: 'contract', kind: 'file', label: 'Contract' });
const filed = await make('deals', { name: 'Filed', stage: 'opportunity', custom: { contract: file.json } });
await make('deal_notes', { deal_id: deal.id, text: 'n' });
await make('merge_contacts', { loserId: other.id, winnerId: contact.id });
const gone = await make('contact_notes', { contact_id: contact.id, text: 'gone' });
assert.equal((await me.browser.delete(`/api/contact_notes/${gone.id}`)).status, 200);
assert.equal((await me.browser.put('/api/configuration/1', { config: { title: 'Mine' } })).status, 200);
assert.equal((await me.browser.post('/api/auth/organization/create-role', { role: 'keeper',
	permission: { invitation: ['create'] } })).status, 200);
await make('service_accounts', { name: 'Sync', role: 'member' });
const team = async (path, body, who = me) => {
	const rs = await who.browser.post(`/api/auth/organization/${path}`, body);
	assert.equal(rs.status, 200, rs.text);
	return rs.json.id;
};
// Returns the names, parents and members of the teams.
const teams = (database, org = me.organization.id) => psql(database, `SELECT t.name, p.name, string_agg(u.email, ' ')
	FROM identity.team t LEFT JOIN identity.team p ON p.id = t.parent_id
	LEFT JOIN identity.team_member m ON m.team_id = t.id LEFT JOIN identity."user" u ON u.id = m.user_id
	WHERE t.organization_id = '${org}' GROUP BY 1, 2 ORDER BY 1`);
const below = await team('create-team', { name: 'Below' }), above = await team('create-team', { name: 'Above' });
await team('update-team', { teamId: below, data: { parentId: above } });
await team('add-team-member', { teamId: below, userId: colleague.id });
await make('shares', { resource: 'contacts', row_id: contact.id, team_id: below, access: 'read' });
const hook = await make('webhooks', { url: 'https://hooks.test/x', description: 'ours' });
psql(PGDATABASE, `INSERT INTO crm.webhook_deliveries (org_id, webhook_id, event, next_at)
	VALUES ('${me.organization.id}', ${hook.id}, 'tags.create', now())`);
await make('contacts', { first_name: 'Not', last_name: 'Mine' }, neighbour);
assert.equal((await me.browser.put('/api/modules/b2b', { enabled: true })).status, 200);
const parent = await make('companies', { name: 'Parent' });
assert.equal((await me.browser.patch(`/api/company_profiles/${company.id}`, { type: 'principal', parent_id: parent.id })).status, 200);
await make('contact_organizations', { contact_id: contact.id, company_id: parent.id, role: 'r', is_primary: true });
const product = await make('products', { principal_id: company.id, sku: 'S', name: 'P' });
const sale = await make('opportunities', { name: 'Sale', stage: 'opportunity', currency: 'KWD' });
await make('opportunity_participants', { opportunity_id: sale.id, company_id: company.id, role: 'principal', is_lead: true });
for (const unit_price of [1250, 1])
	await make('opportunity_items', { opportunity_id: sale.id, product_id: product.id, quantity: 1.5, unit_price, tax_percent: 20 });
// Merges a contact that is in an organization and in an opportunity, so that the merge can be undone after the
// import.
const twin = await make('contacts', { last_name: 'Twin', company_id: parent.id });
await make('opportunity_participants', { opportunity_id: sale.id, contact_id: twin.id, role: 'influencer' });
const merge = await make('merge_contacts', { loserId: twin.id, winnerId: contact.id });
assert.equal((await me.browser.post(`/api/merges/${merge.mergeId}/undo`)).status, 200);

assert.equal((await me.browser.put('/api/modules/membership', { enabled: true })).status, 200);
const [person] = (await me.browser.get('/api/user_profiles')).json;
await make('user_contacts', { kind: 'phone', value: '+33 1' });
await make('user_contacts', { kind: 'phone', value: '+33 2', is_default: true });
await make('user_addresses', { kind: 'home', line1: 'l', city: 'c', country: 'FR' });
const year = await make('user_memberships', { tier: 'gold', starts_on: '2026-01-01', ends_on: '2026-12-31' });
await make(`user_memberships/${year.id}/renew`, {});
await make(`user_memberships/${year.id}/cancel`, {});
assert.equal((await me.browser.patch(`/api/user_appearance_settings/${person.id}`, { theme: 'dark' })).status, 200);
await make('membership_queue', {});
await make('membership_queue/claim', {});
const waits = [await make('membership_queue', {}), await make('membership_queue', { member_id: (await make('user_profiles', {})).id, priority: 1 })];
const checked = await make('kyc_verification', { document_type: 'passport', country: 'FR' });
await make(`kyc_evidence?verification_id=${checked.id}&kind=front`, 'the bytes of evidence');
await make(`kyc_verification/${checked.id}/submit`, {});
// A user who has left the organization but still has an account.
const left = await member(me, 'portal');
assert.equal((await me.browser.post('/api/auth/organization/remove-member', { memberIdOrEmail: left.email })).status, 200);

test('P08 an exported organization is imported unchanged', async () => {
	const before = ok(run(['org', 'checksum', slug]));
	const [sum] = ok(run(['org', 'export', slug, '--to', archive])).split(' ');
	assert.match(before, new RegExp(`^${sum}  all$`, 'm'));
	for (const part of ['organization', 'roles', 'members', 'files', 'crm/contacts', 'crm/trash',
		'crm/company_profiles', 'crm/contact_organizations', 'crm/products', 'crm/opportunity_items', 'crm/opportunity_participants',
		'membership/user_profiles', 'membership/user_contacts', 'membership/user_addresses', 'membership/user_memberships',
		'membership/user_appearance_settings', 'membership/membership_queue',
		'crm/automation_rules', 'crm/configuration', 'audit_log'])
		assert.match(before, new RegExp(`^[0-9a-f]{64}  ${part} \\([1-9]`, 'm'), part);
	makeDatabase(elsewhere);
	const taken = ok(run(['org', 'import', archive, '--checksum', sum], there));
	assert.match(taken, new RegExp(`^${sum}  organization ${me.organization.id}$`, 'm'));
	assert.equal(ok(run(['org', 'checksum', slug], there)), before);
	assert.equal(psql(elsewhere, `SELECT u.name, o.slug, m.role FROM identity."user" u JOIN identity.organization o ON o.id = u.service_of
		JOIN identity.organization_member m ON m.organization_id = o.id AND m.user_id = u.id`), `Sync|${slug}|member`);
	assert.equal(psql(elsewhere, `SELECT string_agg(email, ' ' ORDER BY email) FROM identity."user" WHERE service_of IS NULL`),
		[me.email, colleague.email].sort().join(' '), 'its members and nobody else');
	assert.equal(psql(elsewhere, `SELECT count(*) FROM identity.account`), '0', 'no password is exported');
	assert.equal(teams(elsewhere), `Above||\nBelow|Above|${colleague.email}`);
	assert.equal(teams(elsewhere), teams(PGDATABASE));
	assert.equal(psql(elsewhere, "SELECT id FROM identity.team WHERE name = 'Below'"), below, 'under their ids');
	const [name] = psql(elsewhere, "SELECT name FROM ops.file WHERE type = 'text/plain'").split('\n');
	assert.equal(readFileSync(join(there.UPLOAD_DIR, name.slice(0, 2), name), 'utf8'),
		'the bytes of a file\n');
	assert.equal(psql(elsewhere, `SELECT count(*) FROM ops.file WHERE remove_at IS NULL`), '2');
	assert.equal(psql(elsewhere, `SELECT count(*) FROM crm.sales s JOIN identity."user" u ON
		u.id = s.user_id JOIN identity.organization_member m ON m.user_id = u.id AND m.sales_id = s.id`), '3');
	assert.equal(sql('SELECT count(*) FROM membership.user_profiles WHERE user_id = $1', left.id)[0][0], '1');
	assert.equal(psql(elsewhere, `SELECT count(*) FILTER (WHERE u.id IS NOT NULL), count(*) FILTER (WHERE p.user_id IS NOT NULL),
		count(*) FILTER (WHERE p.had_account) FROM membership.user_profiles p LEFT JOIN identity."user" u ON u.id = p.user_id`), '3|3|4',
	'the profile of who has left is nobody else\'s');
	assert.equal(psql(elsewhere, `SELECT count(*) FROM crm.automation_runs`),
		sql('SELECT count(*) FROM crm.automation_runs')[0][0], 'no rule ran again');
});

test('P08 members keep their positions in an imported queue, and nobody is called again', () => {
	const position = ({ id }, database) => psql(database, `SELECT set_config('app.org_id', '${me.organization.id}', false) = '';
		SELECT membership.position_of(org_id, priority, place) FROM membership.membership_queue WHERE id = ${id}`).split('\n').at(-1);
	assert.deepEqual(waits.map((row) => position(row, elsewhere)), ['2', '1']);
	assert.deepEqual(waits.map((row) => position(row, PGDATABASE)), ['2', '1']);
	assert.equal(psql(elsewhere, 'SELECT next FROM membership.queue_places'), psql(PGDATABASE,
		`SELECT next FROM membership.queue_places WHERE org_id = '${me.organization.id}'`));
	assert.equal(psql(elsewhere, 'SELECT count(*) FROM ops.mail'), '0');
});

test('P08 imported webhooks are disabled but otherwise unchanged, and send nothing', () => {
	const columns = 'id, url, events, description, secret, created_at, updated_at';
	const shown = (database) => psql(database, `SELECT ${columns} FROM crm.webhooks
		WHERE org_id = '${me.organization.id}'`);
	assert.equal(shown(elsewhere), shown(PGDATABASE));
	assert.equal(psql(elsewhere, 'SELECT enabled, disabled_reason FROM crm.webhooks'),
		'f|it came with an archive');
	assert.equal(psql(elsewhere, 'SELECT status, next_at IS NULL FROM crm.webhook_deliveries'), 'failed|t');
	assert.equal(psql(PGDATABASE, `SELECT enabled FROM crm.webhooks WHERE id = ${hook.id}`), 't');
});

test('P08 imported rows are searchable immediately, and their embeddings are queued', () => {
	const documents = (database) => psql(database, `SELECT kind, id, title, body FROM crm.search_documents
		WHERE org_id = '${me.organization.id}' ORDER BY kind, id`);
	assert.ok(documents(PGDATABASE).includes('Ünïcode'));
	assert.equal(documents(elsewhere), documents(PGDATABASE));
	const found = `SET app.org_id = '${me.organization.id}'; SELECT kind, id FROM
		crm.find_documents('unicode', ARRAY['companies'], 5)`;
	assert.equal(psql(elsewhere, found), `companies|${company.id}`);
	psql(elsewhere, "SELECT ops.switch_assistant(true, 'model')");
	assert.equal(psql(elsewhere, `SELECT count(*) > 0 FROM ops.embedding_backlog
		WHERE org_id = '${me.organization.id}'`), 't');
	psql(elsewhere, "SELECT ops.switch_assistant(false, 'model')");
});

// Runs a command while a bucket serves the files of the other installation. "absent" lists the names that the bucket
// lacks. If "broken" is true, the bucket responds to all requests with 503.
async function withBucket(words, { absent = [], broken = false } = {}) {
	const bucket = createServer((rq, rs) => {
		const name = basename(rq.url), path = join(there.UPLOAD_DIR, name.slice(0, 2), name);
		if (broken)
			rs.writeHead(503).end();
		else if (!rq.url.startsWith('/attachments/') || absent.includes(name) || !existsSync(path))
			rs.writeHead(404).end('<Code>NoSuchKey</Code>');
		else
			rs.writeHead(200).end(readFileSync(path));
	});
	await once(bucket.listen(0, '127.0.0.1'), 'listening');
	psql(elsewhere, "UPDATE ops.file SET place = 's3'");
	try {
		const child = spawn(`${BUILD}/tenantry`, words, { env: { ...process.env, TENANTRY_SQL: SOURCES, ...there, UPLOAD_PROVIDER: 's3',
			AWS_ENDPOINT_URL: `http://127.0.0.1:${bucket.address().port}`, AWS_BUCKET: 'attachments', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' } });
		const said = { stdout: '', stderr: '' };
		for (const name of Object.keys(said))
			child[name].on('data', (text) => said[name] += text);
		const [status] = await once(child, 'close');
		return { status, ...said };
	} finally {
		psql(elsewhere, "UPDATE ops.file SET place = 'local'");
		bucket.close();
	}
}

test('P08 files in S3 are exported as local files are', async () => {
	const local = join(work, 'local.tar'), s3 = join(work, 's3.tar');
	const sum = ok(run(['org', 'export', slug, '--to', local], there)).split(' ')[0];
	const out = await withBucket(['org', 'export', slug, '--to', s3]);
	assert.equal(ok(out).split(' ')[0], sum);
	const files = (of) => spawnSync('sh', ['-c', 'tar -xOf "$0" --wildcards "files/*" | sha256sum', of], { encoding: 'utf8' }).stdout;
	assert.equal(files(s3), files(local));
});

test('P08 a storage that does not answer fails the export, which leaves no file', async () => {
	const out = await withBucket(['org', 'export', slug, '--to', join(work, 'broken.tar')], { broken: true });
	assert.equal(out.status, 1, out.stderr);
	assert.deepEqual(readdirSync(work).filter((n) => n.startsWith('broken.tar')), []);
});

test('P08 a missing file is reported, and the others are exported and imported', async () => {
	const names = psql(elsewhere, "SELECT name FROM ops.file WHERE NOT removing ORDER BY name").split('\n');
	assert.ok(names.length > 1);
	for (const [n, gone] of [names[0], names.at(-1)].entries()) {
		const to = join(work, `missing${n}.tar`), copy = `missing${n}-${process.pid}`;
		const out = await withBucket(['org', 'export', slug, '--to', to], { absent: [gone] });
		ok(out);
		assert.match(out.stderr, new RegExp(`file ${gone} is missing`));
		assert.match(out.stderr, /1 files are missing; the archive has their names/);
		const taken = run(['org', 'import', to, '--slug', copy], there);
		ok(taken);
		const org = psql(elsewhere, `SELECT id FROM identity.organization WHERE slug = '${copy}'`);
		const copies = psql(elsewhere, `SELECT name FROM ops.file WHERE org_id = '${org}'`).split('\n');
		assert.equal(copies.length, names.length);
		assert.equal(copies.filter((name) => existsSync(join(there.UPLOAD_DIR, name.slice(0, 2), name))).length, names.length - 1);
		ok(run(['org', 'checksum', copy], there));
	}
});

test('P08 an imported organization can be exported again with its history', async () => {
	const again = join(work, 'again.tar');
	ok(run(['org', 'export', slug, '--to', again], there));
	const rows = spawnSync('tar', ['-xOf', again, 'parts/audit_log.ndjson'], { encoding: 'utf8' }).stdout;
	const first = spawnSync('tar', ['-xOf', archive, 'parts/audit_log.ndjson'], { encoding: 'utf8' }).stdout;
	assert.equal(rows, first);
	for (const line of first.trim().split('\n'))
		JSON.parse(line);
	const taken = run(['org', 'import', again], there);
	assert.notEqual(taken.status, 0, 'its slug is in use');
	assert.match(taken.stderr, new RegExp(`another organization has the slug "${slug}"; choose one with --slug`));
	assert.doesNotMatch(taken.stderr, /duplicate key|_key|CONTEXT|PL\/pgSQL/);
});

test('P08 a modified archive is refused and leaves nothing', async () => {
	const bytes = readFileSync(archive);
	const state = () => psql(elsewhere, 'SELECT (SELECT count(*) FROM identity.organization), '
		+ '(SELECT count(*) FROM crm.contacts), (SELECT count(*) FROM ops.file)');
	const before = state(), bad = join(work, 'bad.tar');
	const refused = (content, why, ...more) => {
		writeFileSync(bad, content);
		const out = run(['org', 'import', bad, '--slug', 'bad', ...more], there);
		assert.equal(out.status, 1, out.stdout);
		assert.match(out.stderr, why);
	};
	for (let n = 0; n < 12; n++) {
		const at = Math.floor(bytes.length * (n + 0.5) / 13), copy = Buffer.from(bytes);
		copy[at] ^= 1;
		refused(copy, /the archive is damaged/);
	}
	const text = bytes.toString('latin1');
	for (const [from, to] of [['the bytes of', 'the BYTES of'], ['"amount":"12345"', '"amount":"99999"'],
		['"summed":true', '"summed":null'], ['tenantry-archive-1', 'tenantry-archive-2'],
		['parts/roles.ndjson', 'parts/rules.ndjson']]) {
		assert.ok(text.includes(from), from);
		refused(Buffer.from(text.replace(from, to), 'latin1'), /the archive is damaged/);
	}
	for (const part of [0, 511, 512, 5000, bytes.length - 1024, bytes.length - 700])
		refused(bytes.subarray(0, part), /the archive is damaged/);
	refused(bytes, /the archive has the checksum/, '--checksum', '0'.repeat(64));
	refused(bytes, /./, '--slug', slug);
	assert.equal(state(), before);
});

test('P08 an organization that is imported on the same server gets a new ID', async () => {
	const bare = await owner('bare');
	const from = join(work, 'bare.tar');
	await make('contacts', { first_name: 'B', last_name: 'C' }, bare);
	const parentId = await team('create-team', { name: 'Upper' }, bare);
	const teamId = await team('create-team', { name: 'Lower', parentId }, bare);
	await team('add-team-member', { teamId, userId: bare.id }, bare);
	const [sum] = ok(run(['org', 'export', bare.organization.slug, '--to', from])).split(' ');
	const taken = ok(run(['org', 'import', from, '--slug', 'bare-two']));
	assert.ok(!taken.includes(bare.organization.id));
	const [copy, ids] = psql(PGDATABASE, `SELECT organization_id, count(DISTINCT t.id) FROM identity.team t
		JOIN identity.organization o ON o.id = organization_id WHERE slug = 'bare-two' AND t.id NOT IN
		('${parentId}', '${teamId}') GROUP BY 1`).split('|');
	assert.equal(ids, '2', 'its teams get new ids as well');
	assert.equal(teams(PGDATABASE, copy), `Lower|Upper|${bare.email}\nUpper||`);
	assert.match(ok(run(['org', 'checksum', 'bare-two'])), new RegExp(`^${sum}  all$`, 'm'));
	psql(elsewhere, "ALTER TABLE crm.contacts ADD COLUMN later text NOT NULL DEFAULT 'x'");
	ok(run(['org', 'import', from], there));
	psql(elsewhere, 'ALTER TABLE crm.contacts DROP COLUMN later, DROP COLUMN gender CASCADE');
	assert.match(run(['org', 'import', from, '--slug', 'x'], there).stderr,
		/has no column gender: is the archive from a newer version/);
	assert.notEqual(run(['org', 'export', bare.organization.slug, '--to', from]).status, 0, 'it does not overwrite a file');
	assert.deepEqual(readdirSync(work).filter((n) => n.endsWith('.new')), []);
	assert.ok(existsSync(archive));
});

const part = (slugOf, name) => run(['org', 'checksum', slugOf]).stdout.match(new RegExp(`^\\w+  ${name} `, 'm'))[0];

test('files of a copy beside the original get new names, and each organization removes only its own files', async () => {
	const trashed = await send('POST', '/api/upload', { body: 'in the trash\n', headers: {
		'content-type': 'text/plain', 'x-file-name': 'b.txt', authorization: `Bearer ${me.token}` } });
	const bin = await make('contact_notes', { contact_id: contact.id, text: `see ${trashed.json.src}`,
		attachments: [{ src: trashed.json.src, title: 'b.txt', type: 'text/plain' }] });
	assert.equal((await me.browser.delete(`/api/contact_notes/${bin.id}`)).status, 200);
	const from = join(work, 'beside.tar');
	const [sum] = ok(run(['org', 'export', slug, '--to', from])).split(' ');
	const names = (org) => sql(`SELECT name FROM ops.file WHERE org_id = '${org}' ORDER BY title`).flat();
	const mine = names(me.organization.id), orgs = [];
	assert.equal(mine.length, 3);	// the last file is evidence, which has no title
	for (const beside of ['twice', 'thrice']) {
		const out = run(['org', 'import', from, '--slug', beside]);
		assert.match(ok(out), new RegExp(`^${sum}  organization`));
		orgs.push(out.stdout.trim().split(' ').at(-1));
		assert.match(out.stderr, /3 files have new names/);
		for (const same of ['audit_log', 'crm/contacts', 'crm/companies', 'members'])
			assert.equal(part(beside, same), part(slug, same), same);
	}
	const all = [mine, ...orgs.map(names)];
	assert.equal(new Set(all.flat()).size, 9);
	const served = async (name) => (await get(`/uploads/${name}`)).status;
	for (const [used, binned] of all) {
		assert.equal(await served(used), 200);
		assert.equal(await served(binned), 404, 'its row is in the trash');
	}
	for (const [n, org] of orgs.entries()) {
		const [used, binned, evidence] = all[n + 1];
		assert.deepEqual(sql(`SELECT file FROM membership.kyc_evidence WHERE org_id = '${org}'`), [[evidence]]);
		assert.deepEqual(sql(`SELECT attachments[1]->>'src' FROM crm.contact_notes
			WHERE org_id = '${org}' AND id = ${note.id}`).flat(), [`/uploads/${used}`]);
		assert.deepEqual(sql(`SELECT custom #>> '{contract,src}' FROM crm.deals
			WHERE org_id = '${org}' AND id = ${filed.id}`).flat(), [`/uploads/${used}`]);
		assert.deepEqual(sql(`SELECT table_name FROM ops.file_use WHERE name = '${used}' ORDER BY 1`).flat(), ['contact_notes', 'deals']);
		const root = sql(`SELECT id FROM crm.trash WHERE org_id = '${org}' AND row_id = ${bin.id}`)[0][0];
		sql(`SET app.org_id = '${org}'; SET app.role = 'owner'; SELECT crm.restore_trash(${root})`);
		assert.equal(await served(binned), 200, 'restored');
		assert.match(sql(`SELECT text FROM crm.contact_notes
			WHERE org_id = '${org}' AND id = ${bin.id}`)[0][0], new RegExp(`/uploads/${binned}$`));
		const to = join(work, `${org}.tar`);
		ok(run(['org', 'export', org, '--to', to]));
		const rows = spawnSync('tar', ['-xOf', to, '--wildcards', 'parts/crm/*'], { encoding: 'utf8' }).stdout;
		assert.match(rows, /"loser":/);
		assert.ok(!rows.includes(me.organization.id), 'rows that are restored contain its id');
	}
	// Purges first a copy and then the original.
	for (const org of [orgs[0], me.organization.id]) {
		sql(`UPDATE identity.organization SET deleted_at = now() - interval '31 days' WHERE id = '${org}'`);
		while (sql(`SELECT ops.purge_organizations('30 days', 1000)`)[0][0] !== '0')
			;
	}
	const jobs = startJobs();
	await until(() => onDisk().length <= 3);
	await jobs.stop();
	assert.deepEqual(onDisk().sort(), [...all[2]].sort());
	assert.equal(await (await get(`/uploads/${all[2][0]}`)).text, 'the bytes of a file\n');
	assert.equal(await served(mine[0]), 404);
});

test('P08 every tenant table is exported or derived', () => {
	const kept = spawnSync('tar', ['-tf', archive], { encoding: 'utf8' }).stdout;
	const derived = ['choices', 'deal_contacts', 'search_documents', 'context_embeddings',
		'queue_counts', 'queue_places', 'verification_codes', 'signup_sessions'];
	for (const [schema, table] of sql(`SELECT c.relnamespace::regnamespace, c.relname
		FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
		WHERE p.polname = 'tenant' AND c.oid <> 'ops.audit_log'::regclass`))
		assert.ok(derived.includes(table) || kept.includes(`parts/${schema}/${table}.ndjson\n`), table);
	assert.ok(note.id);
});

test('an import keeps its files when the connection breaks during COMMIT', () => {
	const cut = `${PGDATABASE}_cut`;
	const env = { DATABASE_URL: DATABASE_URL.replace(PGDATABASE, cut), UPLOAD_DIR: join(work, 'cut') };
	mkdirSync(env.UPLOAD_DIR);
	makeDatabase(cut);
	psql(cut, `CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`);
	psql(cut, `CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON identity.organization
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.cut()`);
	const out = run(['org', 'import', archive], env);
	psql('postgres', `DROP DATABASE "${cut}" WITH (FORCE)`);
	assert.equal(out.status, 1);
	assert.match(out.stderr, /the connection broke during COMMIT; "tenantry org show/);
	assert.equal(readdirSync(env.UPLOAD_DIR, { recursive: true })
		.filter((name) => name.includes('.')).length, 2);
});

// Builds an archive with the same bytes, except for the changes that edit() makes to the lines of its parts and to the
// manifest. The checksums are correct, because anyone can compute them.
function forged(edit) {
	const bytes = readFileSync(archive), parts = [], files = [];
	const sha = (data) => createHash('sha256').update(data).digest('hex');
	let manifest;
	for (let at = 0; bytes[at] !== 0;) {
		const name = bytes.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
		const size = parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
		const data = bytes.subarray(at + 512, at + 512 + size);
		if (name === 'manifest.json')
			manifest = JSON.parse(data);
		else
			(name.startsWith('parts/') ? parts : files).push({ name, head: Buffer.from(bytes.subarray(at, at + 512)), data });
		at += 512 + Math.ceil(size / 512) * 512;
	}
	const last = bytes.subarray(bytes.indexOf('manifest.json'), bytes.indexOf('manifest.json') + 512);
	const lines = Object.fromEntries(parts.map(({ name, data }) => [name.slice(6, -7), String(data)]));
	manifest.parts.forEach((part) => { part.was = part.bytes; });
	edit(lines, manifest.parts, parts);
	for (const part of manifest.parts) {
		const data = Buffer.from(lines[part.part]);
		parts.find(({ name }) => name === `parts/${part.part}.ndjson`).data = data;
		part.sha256 = sha(data);
		part.bytes = data.length;
		delete part.was;
	}
	const sum = sha(manifest.parts.filter(({ summed }) => summed).map(({ part, sha256 }) => `${part} ${sha256}\n`).join(''));
	const text = `{"format":${JSON.stringify(manifest.format)},"id":"${manifest.id}","slug":${JSON.stringify(manifest.slug)},\n"checksum":"${sum}","parts":[`
		+ manifest.parts.map((part) => `\n${JSON.stringify(part)}`).join(',') + ']';
	const all = [...parts, ...files, { head: Buffer.from(last), data: Buffer.from(`${text},\n"manifest":"${sha(text)}"}\n`) }];
	return Buffer.concat([...all.flatMap(({ head, data }) => {
		head.write(data.length.toString(8).padStart(11, '0'), 124, 'latin1');
		head.fill(' ', 148, 156);
		head.write(`${head.reduce((n, byte) => n + byte, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
		return [head, data, Buffer.alloc((512 - data.length % 512) % 512)];
	}), Buffer.alloc(1024)]);
}

// A second installation, because a test above changes the columns of the first.
const spare = `${PGDATABASE}_spare`;
const unchanged = { DATABASE_URL: DATABASE_URL.replace(PGDATABASE, spare), UPLOAD_DIR: join(work, 'unchanged') };
mkdirSync(unchanged.UPLOAD_DIR);
after(() => psql('postgres', `DROP DATABASE IF EXISTS "${spare}" WITH (FORCE)`));

// Builds an archive like those of the release that stored only the IDs of imports.
function earlier() {
	const renamed = join(work, 'earlier.tar');
	const [was, is] = ['crm/external_ids', 'crm/import_keys'];
	writeFileSync(renamed, forged((lines, manifest, parts) => {
		const part = manifest.find((p) => p.part === was);
		assert.equal(part.rows, 1);
		part.part = is;
		lines[is] = lines[was].replace('"source":"import"', '"source":""');
		assert.notEqual(lines[is], lines[was]);
		const file = parts.find(({ name }) => name === `parts/${was}.ndjson`);
		file.name = `parts/${is}.ndjson`;
		file.head.fill(0, 0, 100);
		file.head.write(file.name, 0, 'latin1');
	}));
	return renamed;
}

test('no number in an archive is trusted', () => {
	makeDatabase(spare);
	const bad = join(work, 'figures.tar');
	const refused = (edit, why) => {
		writeFileSync(bad, forged(edit));
		const out = run(['org', 'import', bad, '--slug', 'figures'], unchanged);
		assert.equal(out.status, 1, out.stdout);
		assert.match(out.stderr, why);
	};
	const part = (parts, name) => parts.find((p) => p.part === name);
	refused((lines) => { lines.files = lines.files.replace(/"size" ?: ?"\d+"/, '"size" : "999999999999"'); }, /wrong size of file/);
	refused((lines, parts) => { part(parts, 'crm/contacts').rows++; }, /wrong number of rows of part: crm\/contacts/);
	// Values in a notation that PostgreSQL does not use, in a part that claims to have no checksum.
	refused((lines, parts) => {
		part(parts, 'crm/contacts').summed = false;
		lines['crm/contacts'] = lines['crm/contacts'].replace('"has_newsletter":"false"', '"has_newsletter":"no"');
	}, /part "crm\/contacts" differs after the import/);
	// A table whose IDs are new in each installation has no checksum. Its rows are counted instead.
	psql(spare, `CREATE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`);
	psql(spare, 'CREATE TRIGGER lose BEFORE INSERT ON crm.shares FOR EACH ROW EXECUTE FUNCTION public.lose()');
	refused((lines, parts) => assert.ok(part(parts, 'crm/shares').rows > 0 && !part(parts, 'crm/shares').summed),
		/part "crm\/shares" differs after the import/);
	psql(spare, 'DROP FUNCTION public.lose() CASCADE');
	writeFileSync(bad, forged(() => {}));
	ok(run(['org', 'import', bad, '--slug', 'figures'], unchanged));
	ok(run(['org', 'import', earlier(), '--slug', 'earlier'], unchanged));
	assert.equal(psql(spare, `SELECT string_agg(source || ' ' || key, ',') FROM crm.external_ids`), 'import file 7,import file 7');
});

test('an export that cannot be read back fails', async () => {
	const who = await owner('unread');
	assert.equal((await send('POST', '/api/upload', { body: 'more bytes\n', headers: { 'content-type': 'text/plain', 'x-file-name': 'b.txt',
		authorization: `Bearer ${who.token}` } })).status, 201);
	sql('UPDATE ops.file SET size = size + 1 WHERE org_id = $1', who.organization.id);
	const out = run(['org', 'export', who.organization.slug, '--to', join(work, 'unread.tar')]);
	assert.equal(out.status, 1);
	assert.match(out.stderr, /wrong size of file/);
	assert.equal(existsSync(join(work, 'unread.tar')), false);
});

test('imported files belong to the owner of the folder', () => {
	const folder = join(work, 'owned'), env = { ...unchanged, UPLOAD_DIR: folder };
	const root = process.getuid() === 0, owner = root ? [12345, 12346] : [process.getuid(), process.getgid()];
	if (root) {
		const out = run(['org', 'import', archive, '--slug', 'owned'], env);
		assert.equal(out.status, 1);
		assert.match(out.stderr, /owned: the folder of the files, whose owner they get/);
	}
	mkdirSync(folder);
	chownSync(folder, ...owner);
	ok(run(['org', 'import', archive, '--slug', 'owned'], env));
	const made = readdirSync(folder, { recursive: true });
	assert.ok(made.length >= 4);
	for (const name of made)
		assert.deepEqual([statSync(join(folder, name)).uid, statSync(join(folder, name)).gid], owner, name);
});

test('an organization with rows in every table is exported and imported', () => {
	const full = `${PGDATABASE}_full`, again = `${PGDATABASE}_again`, from = join(work, 'full.tar');
	const at = (name) => ({ DATABASE_URL: DATABASE_URL.replace(PGDATABASE, name), UPLOAD_DIR: there.UPLOAD_DIR });
	makeDatabase(full);
	// Any values are suitable, so the constraints on rows are dropped.
	psql(full, readFileSync(join(SOURCES, 'tests/lib/every_table.sql'), 'utf8'));
	psql('postgres', `CREATE DATABASE "${again}" TEMPLATE "${full}" OWNER tenantry_owner`);
	psql(full, 'SELECT test.fill()');
	const empty = psql(full, 'SELECT string_agg(t, \' \') FROM test.empty() t');
	assert.equal(empty, '', 'each table has a row');
	const [sum] = ok(run(['org', 'export', 'full', '--to', from], at(full))).split(' ');
	const taken = ok(run(['org', 'import', from, '--checksum', sum], at(again)));
	assert.match(taken, new RegExp(`^${sum}  organization `));
	// The import adds choices that rows use to the configuration, so its checksum and the total checksum differ.
	const sums = (name) => ok(run(['org', 'checksum', 'full'], at(name))).split('\n').filter((line) => !/crm\/configuration|all$/.test(line));
	assert.ok(sums(full).length > 80);
	assert.deepEqual(sums(again), sums(full));
	const rest = "SELECT to_jsonb(c) - '{config,updated_at}'::text[] FROM crm.configuration c ORDER BY org_id";
	assert.equal(psql(again, rest), psql(full, rest));
	const config = psql(full, 'SELECT config FROM crm.configuration');
	assert.equal(psql(again, `SELECT config @> $json$${config}$json$ FROM crm.configuration`), 't', config);
	for (const name of [full, again])
		psql('postgres', `DROP DATABASE "${name}" WITH (FORCE)`);
});
