// random.mjs SEED PART - a random variant of the application of tests/lib/supabase_project.sh
//
// The parts are "schema", SQL that changes the tables and writes random rows; "source" and "target", queries that return
// the same lines if nothing was lost; "rest", a query on the columns that no query reads; "change", SQL that changes all
// rows of the target.
const [seed, part] = process.argv.slice(2);
let state = Number(seed) * 2654435761 + 1;
const random = (n) => {
	state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
	return Math.floor(((state ^ (state >>> 13)) >>> 0) / 2 ** 32 * n);
};
const pick = (list) => list[random(list.length)];
const quoted = (name) => `"${name}"`;
const literal = (text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`;

// The interchangeable names of each column. "?" marks a column that may be missing.
const tables = {
	users: { auth_user_id: 'auth_id supabase_id auth_uid', 'email_verified?': 'verified is_verified email_confirmed', created_at: 'created inserted_at date_created',
		updated_at: 'updated modified_at changed_at' },
	user_profiles: { first_name: 'given_name forename fname', last_name: 'family_name surname lname', created_at: 'created creation_date', updated_at: 'modified_at date_updated' },
	user_contacts: { kind: 'type contact_type', value: 'contact_value contact', 'is_primary?': 'is_default is_main primary' },
	user_addresses: { line1: 'street address1 address_line_1', city: 'town locality', 'postal_code?': 'zip postcode zip_code', country: '' },
	user_memberships: { tier: 'level plan membership_tier', started_at: 'start_date starts_at started', 'active?': 'is_active enabled' },
};
const notations = [(n) => n, (n) => n, (n) => n.replace(/_(.)/g, (_, c) => c.toUpperCase()), (n) => n.toUpperCase(),
	(n) => n.replaceAll('_', ''), (n) => n[0].toUpperCase() + n.slice(1)];
const names = {}, sql = [], rest = [];
for (const [table, columns] of Object.entries(tables)) {
	names[table] = {};
	for (const [key, synonyms] of Object.entries(columns)) {
		const column = key.replace('?', '');
		const name = pick(notations)(pick([column, ...synonyms.split(' ').filter(Boolean)]));
		if (key.endsWith('?') && random(4) === 0) {
			sql.push(`ALTER TABLE public.${table} DROP COLUMN ${column} CASCADE;`);
			continue;
		}
		names[table][column] = quoted(name);
		if (name !== column) sql.push(`ALTER TABLE public.${table} RENAME COLUMN ${column} TO ${quoted(name)};`);
		if (['line1', 'city', 'tier', 'value', 'first_name'].includes(column) && random(2)) sql.push(`ALTER TABLE public.${table} ALTER ${quoted(name)} TYPE varchar(900);`);
	}
	for (let i = 1 + random(2); i > 0; i--) {
		const extra = pick(['notes', 'Weiß', 'a "b"', 'select', 'flags']) + i;
		const name = `"${extra.replaceAll('"', '""')}"`;
		const type = pick(['text', 'jsonb', 'text[]', 'numeric']);
		sql.push(`ALTER TABLE public.${table} ADD ${name} ${type};`);
		rest.push([table, name, { text: () => literal(text()), jsonb: () => `to_jsonb(${literal(text())}::text)`, 'text[]': () => `ARRAY[${literal(text())}, NULL]`,
			numeric: () => `${random(1000)}.50` }[type]]);
	}
}
// IDs of rows, and of users, with everything that refers to them.
const numbered = ['user_contacts', 'user_addresses', 'user_memberships'].filter(() => random(2));
for (const table of numbered) sql.push(`ALTER TABLE public.${table} ALTER id TYPE bigint USING ('x' || substr(md5(id::text), 1, 13))::bit(52)::bigint;`);
const ids = pick([null, ['text', "'user ' || NAME"], ['bigint', "('x' || substr(md5(NAME::text), 1, 13))::bit(52)::bigint"]]);
if (ids) sql.push(`ALTER TABLE public.users ALTER id DROP DEFAULT, ALTER id TYPE ${ids[0]} USING ${ids[1].replace('NAME', 'id')};
SELECT format('ALTER TABLE %s ALTER user_id TYPE ${ids[0]} USING ${ids[1].replace('NAME', 'user_id').replaceAll("'", "''")}', a.attrelid::regclass)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'user_id'
   AND a.atttypid = 'uuid'::regtype AND c.relname <> 'users' AND c.relname NOT LIKE '%log%' \\gexec`);

const words = ['a', 'Ünïcödé', '🙂', "O'Hara", '\\', '"', ',', ';', '|', '$1', '%s', '\\N', 'NULL', '\u202e', '<b>', '{}', '--', '0', '東京'];
const text = () => Array.from({ length: 1 + random(5) }, () => pick(words)).join(pick([' ', '', '-'])).trim();
const of = (table, column) => names[table][column];
for (let i = 0; i < 14; i++) {
	const where = (table) => `WHERE id = (SELECT id FROM public.${table} ORDER BY id::text COLLATE "C" OFFSET ${i} LIMIT 1)`;
	sql.push(`UPDATE public.user_profiles SET ${of('user_profiles', 'first_name')} = ${literal(text())}, ${of('user_profiles', 'last_name')} = ${literal(text())} ${where('user_profiles')};`,
		`UPDATE public.user_memberships SET ${of('user_memberships', 'tier')} = ${literal(text())} ${where('user_memberships')};`);
	for (const [table, name, value] of rest) sql.push(`UPDATE public.${table} SET ${name} = ${value()} ${where(table)};`);
}
for (let i = 0; i < 20; i++) {
	const columns = ['line1', 'city', 'postal_code'].filter((c) => of('user_addresses', c));
	sql.push(`INSERT INTO public.user_addresses (id, user_id, ${columns.map((c) => of('user_addresses', c)).join(', ')}${of('user_addresses', 'country') ? `, ${of('user_addresses', 'country')}` : ''})
		SELECT ${numbered.includes('user_addresses') ? i + 1 : `md5('${i}')::uuid`},
		user_id, ${columns.map((c) => (c !== 'postal_code' ? literal(text()) : random(5) ? literal(pick(words)) : 'NULL')).join(', ')}${of('user_addresses', 'country') ? ", 'FR'" : ''} FROM public.user_profiles ORDER BY id OFFSET ${random(14)} LIMIT 1;`);
}
// What both sides print: the columns that were mapped.
const side = (source) => {
	const t = (table) => (source ? `public.${table} t` : `membership.${table} t JOIN membership.user_profiles p ON p.id = t.${table === 'user_profiles' ? 'id' : 'member_id'} JOIN membership.users u ON u.user_id = p.user_id AND EXISTS (SELECT FROM ops.migration_row r WHERE r.target_id = t.id::text)`);
	const user = source ? 't.user_id::text' : "coalesce(u.metadata->>'source_id', u.id::text)";
	const lines = (table, columns) => `SELECT json_build_array('${table}', ${user}${columns.filter((c) => of(table, c[0])).map(([c, there, here]) =>
		`, ${source ? (there ?? '%').replace('%', `t.${of(table, c)}`) : (here ?? '%').replace('%', `t.${c}`)}`).join('')})::text FROM ${t(table)}`;
	return [lines('user_profiles', [['first_name'], ['last_name']]),
		lines('user_contacts', [['kind'], ['value', 'btrim(%)']]),
		lines('user_addresses', [['line1'], ['city'], ['postal_code'], ['country', 'upper(%)']]),
		lines('user_memberships', [['tier', 'btrim(%)'], ['active', null, "t.status = 'active'"], ['started_at', "(% AT TIME ZONE 'UTC')::date", 't.starts_on']])].join(' UNION ALL ') + ' ORDER BY 1';
};
const parts = {
	schema: () => `SELECT format('DROP POLICY %I ON %s', polname, polrelid::regclass) FROM pg_policy \\gexec
DROP VIEW public.active_users;
DROP FUNCTION public.touch_updated_at() CASCADE;
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'public.users'::regclass \\gexec
${sql.join('\n')}`,
	source: () => side(true),
	target: () => side(false),
	rest: () => rest.map(([table, name]) => `SELECT '${table}', id::text, to_jsonb(${name})::text FROM public.${table}`).join(' UNION ALL ') + ' ORDER BY 1, 2, 3',
	change: () => `UPDATE membership.user_profiles t SET first_name = left(first_name, 400) || ${literal(' ' + text())} FROM membership.users u WHERE u.user_id = t.user_id AND t.created_at < now() - interval '1 day';
UPDATE membership.user_addresses SET line1 = line1 || ${literal(' ' + text())}, city = coalesce(city, '') || ${literal(text())};
UPDATE membership.user_memberships SET tier = tier || 'x';
UPDATE membership.user_contacts SET value = 'x' || id || '@source.test' WHERE kind = 'email';`,
};
process.stdout.write(parts[part]() + '\n');
