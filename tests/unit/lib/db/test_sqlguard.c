#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/db/sqlguard.h"
#include "tests/unit/fixture.h"

static const char *
check(void **state, const char *sql, bool writes, const char **why)
{
	struct arena *a = ((struct request *)*state)->arena;
	struct sqlguard_use use;

	return sqlguard_check(a, sql, writes, &use, why);
}

static void
reads_are_accepted(void **state)
{
	static const char *const passes[] = {
		"select 1",
		"SELECT * FROM contacts c WHERE c.last_name ILIKE 'a%' LIMIT 5",
		"with x as (select id from crm.deals) select count(*) from x",
		"values (1), (2)",
		"select date_trunc('month', created_at) m, sum(amount)::text "
		"from deals group by 1 having count(*) > 1 order by 2 desc",
		"select c.id, t.text from contacts c join tasks t on "
		"t.contact_id = c.id where t.due_date < now() - interval '1 "
		"day'",
		"select email_jsonb->0->>'email', tags[1], current_date, "
		"extract(year from first_seen), first_seen at time zone 'UTC', "
		"coalesce(title, ''), case when gender = 'x' then 1 end, "
		"row_number() over (partition by company_id order by id) "
		"from contacts",
		"select 'it''s; drop table x; --' /* ; */ -- ;",
		"select $$pg_sleep(1)$$",
		"select e from contacts, jsonb_array_elements(email_jsonb) e",
		"select e.value->>'email', c.title from contacts c, "
		"jsonb_array_elements(c.email_jsonb) e",
		"select d.day, x.key, x.value, d.* from json_each('{}') x, "
		"generate_series(1, 9) with ordinality as d(day, n)",
		"with recursive n as (select 1 as i union all select i + 1 "
		"from "
		"n where i < 9) select * from n",
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof passes / sizeof passes[0]; i++)
		if (check(state, passes[i], false, &why) == NULL)
			fail_msg("%s: %s", passes[i], why);
}

/* Makes the statement "select FIRST PART PART ..." with n parts. */
static const char *
repeated(void **state, const char *first, const char *part, int n)
{
	struct arena *a = ((struct request *)*state)->arena;
	const char *sql = arena_printf(a, "select %s", first);

	while (n-- > 0)
		sql = arena_printf(a, "%s%s", sql, part);
	return sql;
}

static void
long_computations_are_rejected(void **state)
{
	static const char *const refused[] = {
		"select power(10::numeric, 131000)",
		"select power(amount, 3) from deals",
		"select 10::numeric ^ 65000",
		"select exp(300000::numeric)",
		"select 1e131000",
		"select 1.00000000000000000000000000000000000000000000001",
	};
	static const char *const passes[] = {
		"select power(amount::float8, 2), exp(0.5::float8) from deals",
		"select 2 ^ 10, 1.5 * amount / 100 from deals",
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (check(state, refused[i], false, &why) != NULL)
			fail_msg("%s is accepted", refused[i]);
	for (i = 0; i < sizeof passes / sizeof passes[0]; i++)
		if (check(state, passes[i], false, &why) == NULL)
			fail_msg("%s: %s", passes[i], why);
	assert_non_null(
	    check(state, repeated(state, "1", ", mod(x, y)", 32), false, &why));
	assert_null(
	    check(state, repeated(state, "1", ", mod(x, y)", 33), false, &why));
	assert_null(
	    check(state, repeated(state, "x", ", x * x", 33), false, &why));
	assert_non_null(
	    check(state, repeated(state, "1", ", sign(x)", 500), false, &why));
	assert_null(
	    check(state, repeated(state, "1", ", sign(x)", 501), false, &why));
}

static void
other_statements_are_rejected(void **state)
{
	static const char *const refused[] = {
		"",
		"select 1; select 2",
		"select 1; drop table contacts",
		"delete from contacts",
		"insert into tags (name, color) values ('a', 'b')",
		"with d as (delete from contacts where true returning id) "
		"select * from d",
		"explain select 1",
		"explain analyze delete from tags",
		"set app.org_id = 'x'",
		"reset role",
		"set role tenantry_app",
		"begin",
		"commit",
		"copy contacts to stdout",
		"copy contacts to program 'sh'",
		"do $$ begin end $$",
		"call x()",
		"listen tenantry_periodic_tasks",
		"notify tenantry_periodic_tasks",
		"lock table contacts",
		"truncate contacts",
		"create table x (i int)",
		"prepare p as select 1",
		"execute p",
		"declare c cursor for select 1",
		"show all",
		"vacuum",
		"select * into x from contacts",
		"select * from contacts for update",
		"select * from (select id from contacts for share) x",
		"table pg_class",
		"select * from pg_catalog.pg_authid",
		"select * from information_schema.tables",
		"select * from identity.session",
		"select * from ops.mcp_scope",
		"select * from other.crm.contacts",
		"select set_config('app.org_id', 'x', true)",
		"select pg_catalog.set_config('app.org_id', 'x', true)",
		"select \"set_config\"('app.org_id', 'x', true)",
		"select U&\"\\0073et_config\"('app.org_id', 'x', true)",
		"select /* */ set_config /* */ ('a', 'b', true)",
		"select current_setting('app.org_id')",
		"select pg_sleep(9)",
		"select (1.5::float8).pg_sleep",
		"select t.pg_sleep from generate_series(1, 1) t",
		"select t.pg_advisory_lock from generate_series(1, 1) t",
		"select (t).pg_advisory_lock from generate_series(1, 1) t",
		"select c.contact_members from contacts c",
		"select crm.contacts.contact_members from contacts",
		"select q.restore_trash from generate_series(1, 1) q",
		"select \"q\".\"restore_trash\" from generate_series(1, 1) q",
		"select generate_series.restore_trash from "
		"generate_series(1, 1)",
		"select to_regrole.to_regrole from unnest(array['a']) as "
		"to_regrole(x)",
		"select to_regrole.to_regrole from "
		"json_array_elements_text('[\"a\"]') to_regrole",
		"select coalesce.to_regrole from coalesce('a')",
		"select (select q.to_regrole from unnest(array['a']) q) from "
		"unnest(array['b']) as q(to_regrole)",
		"select q.to_regrole from contacts c cross join lateral "
		"unnest(array[c.title]) q",
		"select pg_advisory_lock(1)",
		"select query_to_xml('select 1', true, true, '')",
		"select * from ts_stat('select 1')",
		"select currval('ops.row_id')",
		"select nextval('ops.row_id')",
		"select lastval()",
		"select lo_import('/etc/passwd')",
		"select pg_read_file('/etc/passwd')",
		"select dblink('x', 'y')",
		"select repeat('x', 1000000000)",
		"select lpad('x', 1000000000)",
		"select crm.merge_contacts(1, 2)",
		"select identity.begin_request(null, null, null, null, true, "
		"null, null, null)",
		"select 'identity.session'::regclass",
		"select cast('tenantry_app' as regrole)",
		"select regclass 'contacts'",
		"select '(1)'::contacts",
		"select current_user",
		"select session_user",
		"select current_schema",
		"select user",
		"select 1 operator(pg_catalog.+) 1",
		"select * from contacts order by id using <",
		"select * from contacts tablesample system (10)",
		"select xmlparse(content '<a/>')",
		"select $1",
		"select 1 where current of c",
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (check(state, refused[i], false, &why) != NULL ||
		    why == NULL)
			fail_msg("passed: %s", refused[i]);
}

static void
writes_need_a_condition(void **state)
{
	static const char *const refused[] = {
		"select 1",
		"delete from contacts",
		"update contacts set title = 'x'",
		"with d as (delete from tags where true returning id) "
		"delete from contacts where id in (select id from d)",
		"insert into identity.session values (1)",
		"update contacts set title = set_config('app.user_id', 'x', "
		"true) where id = 1",
		"delete from tags where id = 1; delete from tags where id = 2",
		"insert into tags select * from pg_roles",
		"delete from tags where id = 1 returning pg_sleep(1)",
		"update tags set name = (select q.unarchive_deal from "
		"generate_series(1, 1) q) where id = 1",
		"insert into tags (name) values ('a') on conflict (id) do "
		"update "
		"set name = pg_read_file('x')",
		"merge into tags using tags t on true when matched then delete",
	};
	const char *why, *got;
	size_t i;

	for (i = 0; i < sizeof refused / sizeof refused[0]; i++)
		if (check(state, refused[i], true, &why) != NULL)
			fail_msg("passed: %s", refused[i]);
	got = check(state, " delete from tags where id = 1 -- x", true, &why);
	assert_string_equal(got,
	    " delete from tags where id = 1 -- x\n"
	    "RETURNING true AS tenantry");
	got = check(state,
	    "update tags set name = 'é' where id = 1 "
	    "returning id;  ",
	    true, &why);
	assert_string_equal(
	    got, "update tags set name = 'é' where id = 1 returning id");
}

/* A million parentheses cause an error, not a crash. */
static void
depth_is_bounded(void **state)
{
	struct arena *a = ((struct request *)*state)->arena;
	static const char *const pieces[] = { "(", "- ", "not ", "1+",
		"case when ", "array[", "(select " };
	char *sql = arena_alloc(a, 40000);
	const char *why;
	size_t i, at;

	for (i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		memcpy(sql, "select ", 8);
		for (at = 7; at < 32000; at += strlen(pieces[i]))
			memcpy(sql + at, pieces[i], strlen(pieces[i]) + 1);
		memcpy(sql + at, "1", 2);
		assert_null(check(state, sql, false, &why));
		assert_non_null(why);
	}
	memset(sql, ' ', 39999);
	assert_null(check(state, sql, false, &why));
}

static void
console_reads_more_than_mcp(void **state)
{
	static const char *const passes[] = {
		"select id, email from identity.\"user\"",
		"select relname, n_live_tup from pg_stat_user_tables",
		"select pg_size_pretty(pg_total_relation_size(c.oid)) from "
		"pg_catalog.pg_class c",
		"select 'crm.contacts'::regclass::oid",
	};
	static const char *const fails[] = {
		"select prosrc from pg_proc",
		"select * from pg_catalog.pg_authid",
		"select * from pg_toast.t",
		"select pg_sleep(1)",
		"select pg_advisory_lock(1)",
		"select set_config('a.b', 'c', true)",
		"select query_to_xml('select 1', true, true, '')",
		"select crm.mcp_org()",
		"select 1; select 2",
		"explain select 1",
		"delete from crm.contacts where true",
	};
	struct arena *a = ((struct request *)*state)->arena;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof passes / sizeof passes[0]; i++) {
		if (sqlguard_check_console(a, passes[i], &why) == NULL)
			fail_msg("%s: %s", passes[i], why);
		assert_null(check(state, passes[i], false, &why));
	}
	for (i = 0; i < sizeof fails / sizeof fails[0]; i++)
		if (sqlguard_check_console(a, fails[i], &why) != NULL)
			fail_msg("%s is accepted", fails[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(reads_are_accepted),
		UNIT(long_computations_are_rejected),
		UNIT(other_statements_are_rejected),
		UNIT(writes_need_a_condition),
		UNIT(depth_is_bounded),
		UNIT(console_reads_more_than_mcp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
