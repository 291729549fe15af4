/* The operators' SQL console: reads the database, and shows plans. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/server/worker_slots.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/db/sqlguard.h"
#include "schema/identity/console.h"

#define AT "/api/operators/console"

static action_fn show_console, run_statement;

static const struct body_field statement_body[] = {
	{ "sql", BODY_STRING, BODY_REQUIRED | BODY_FILLED | BODY_LONG },
	{ "organization", BODY_STRING_OR_NULL, BODY_FILLED },
	{ "plan", BODY_STRING_OR_NULL, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, AT, show_console, SESSION_USER, ROUTE_NO_IMPERSONATION,
	    .summary =
		"Get the state of the SQL console, the columns that it can "
		"read, and the newest statements of all operators",
	    .returns =
		"{enabled:boolean,timeout_ms:integer,row_limit:integer,tables:["
		"{name:string,of_organization:boolean,columns:[string]}],"
		"statements:[{at:time,user_id:string,user_name:string?,"
		"organization:string?,sql:string,plan:string?,ms:integer?,"
		"rows:integer?,error:string?}]}" },
	{ METHOD_POST, AT, run_statement, SESSION_FRESH,
	    ROUTE_NO_IMPERSONATION | ROUTE_BODY | ROUTE_HEAVY,
	    .body = statement_body,
	    .summary = "Run a SELECT, or show its plan; each use is recorded",
	    .returns = "{columns:[string],rows:[[string?]],more:boolean,count:"
		       "integer,plan:object?,ms:integer}" },
	{ .action = NULL },
};

const struct module console_module = {
	.name = "console",
	.routes = routes,
};

/* A statement and its result. */
struct statement {
	const char *sql;
	const char *plan;         /* "estimate", "measure" or NULL */
	const char *organization; /* ID or slug of the organization, or NULL */
	struct db_step result;
	long long ms;
};

static const char *
number(struct request *rq, long long n)
{
	return arena_printf(rq->arena, "%lld", n);
}

static enum problem_code
show_console(struct request *rq, struct response *rs)
{
	struct db_step step = identity_show_console(rq->arena);
	enum problem_code err;
	struct buf b;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_printf(&b, "{\"enabled\":%s,\"timeout_ms\":%ld,\"row_limit\":%ld,",
	    rq->config->console ? "true" : "false", rq->config->console_timeout,
	    rq->config->console_rows);
	buf_write(&b, db_text(&step, 0, 0) + 1, db_len(&step, 0, 0) - 1);
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

static enum problem_code
read_statement(struct request *rq, struct statement *s)
{
	struct json_object *body;
	enum problem_code err;

	if ((err = body_read(rq, &body)) != PROBLEM_NONE)
		return err;
	s->sql = json_get_text(body, "sql");
	s->plan = json_get_text(body, "plan");
	s->organization = json_get_text(body, "organization");
	if (s->plan != NULL && strcmp(s->plan, "estimate") != 0 &&
	    strcmp(s->plan, "measure") != 0)
		return request_refuse(
		    rq, "not_in_enumeration", "plan", "estimate, measure");
	return PROBLEM_NONE;
}

/* Runs the checked statement in a transaction with its limits. */
static enum problem_code
run_checked(struct request *rq, struct statement *s, const char *org)
{
	const char *why, *sql = sqlguard_check_console(rq->arena, s->sql, &why);
	const struct config *c = rq->config;
	struct db_step steps[2];
	enum problem_code err;
	int64_t began = clock_ms();

	if (sql == NULL)
		return request_refuse(rq, "console_statement", "sql", why);
	if (!worker_slots_take(rq->slots))
		return request_refuse(rq, "console_busy");
	steps[0] = identity_open_console(rq->arena, .org = org,
	    .patience = number(rq, c->console_timeout),
	    .work_mem = number(rq, c->console_memory),
	    .temp_mib = number(rq, c->console_disk));
	steps[1] = s->plan != NULL
	    ? identity_console_plan(rq->arena, .statement = sql,
		  .measured = strcmp(s->plan, "measure") == 0)
	    : identity_console_query(rq->arena, .statement = sql,
		  .most = number(rq, c->console_rows),
		  .most_bytes = number(rq, c->console_bytes));
	err = session_write(rq, steps, 2);
	s->result = steps[1];
	s->ms = clock_ms() - began;
	return err;
}

/*
 * Records the result. Without the record, the caller gets no rows. An error of
 * the statement remains the problem of the request.
 */
static enum problem_code
record_end(struct request *rq, struct statement *s, enum problem_code err)
{
	const struct problem problem = rq->problem;
	const char *said = problem.detail;
	struct db_step step;
	enum problem_code kept;

	if (err != PROBLEM_NONE && said == NULL)
		said = problem_title(err);
	rq->problem = (struct problem){ .code = PROBLEM_NONE };
	step = identity_end_console(rq->arena, .ms = number(rq, s->ms),
	    .nrows = err == PROBLEM_NONE ? db_text(&s->result, 0, 1) : NULL,
	    .error = err == PROBLEM_NONE ? NULL : said);
	kept = session_write(rq, &step, 1);
	if (err == PROBLEM_NONE)
		return kept;
	rq->problem = problem;
	return err;
}

static enum problem_code
run_statement(struct request *rq, struct response *rs)
{
	struct statement s = { .sql = NULL };
	enum problem_code err;
	struct db_step begun;
	struct buf b;

	/* Callers who are not operators get no errors about the body. */
	begun = identity_check_operator(rq->arena);
	if ((err = session_read(rq, &begun, 1)) != PROBLEM_NONE ||
	    (err = read_statement(rq, &s)) != PROBLEM_NONE)
		return err;
	begun = identity_begin_console(rq->arena, .statement = s.sql,
	    .plan = s.plan, .organization = s.organization,
	    .enabled = rq->config->console);
	if ((err = session_write(rq, &begun, 1)) != PROBLEM_NONE)
		return err;
	err = run_checked(rq, &s, db_text(&begun, 0, 0));
	if ((err = record_end(rq, &s, err)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	buf_write(&b, db_text(&s.result, 0, 0), db_len(&s.result, 0, 0) - 1);
	buf_printf(&b, ",\"ms\":%lld}", s.ms);
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}
