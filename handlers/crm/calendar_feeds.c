/*
 * Calendar feeds: secret URLs that serve appointments and tasks as iCalendar.
 */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/body.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/auth/secret_url.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/token.h"
#include "lib/format/ical.h"
#include "lib/mail/mail_template.h"
#include "schema/crm/calendar.h"
#include "schema/identity/secret_url.h"
#include "schema/ops/cache_epoch.h"

static action_fn create_feed, list_feeds, revoke_feed, get_calendar;

static const struct body_field fields[] = {
	{ "name", BODY_STRING, BODY_FILLED },
	{ "view", BODY_STRING, BODY_FILLED },
	{ "tasks", BODY_STRING, BODY_FILLED },
	{ "resource", BODY_STRING, BODY_FILLED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/calendar_feeds", list_feeds, SESSION_ORGANIZATION,
	    .summary = "List the calendar feeds of the caller",
	    .returns = "[CalendarFeed]" },
	{ METHOD_POST, "/api/calendar_feeds", create_feed, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_NO_IMPERSONATION, .status = 201, .body = fields,
	    .summary = "Create the address of a calendar feed",
	    .returns = "CalendarFeed" },
	{ METHOD_DELETE, "/api/calendar_feeds/{id}", revoke_feed,
	    SESSION_ORGANIZATION, .summary = "Revoke a calendar feed",
	    .returns = "CalendarFeed" },
	{ METHOD_GET, "/calendar/{token}", get_calendar, SESSION_NONE,
	    ROUTE_PLAIN | ROUTE_SECRET, .summary = "Get a calendar feed",
	    .secret_url = true },
	{ .action = NULL },
};

const struct module calendar_feeds_module = {
	.name = "calendar_feeds",
	.routes = routes,
};

#define SUFFIX ".ics"

static enum problem_code
create_feed(struct request *rq, struct response *rs)
{
	return secret_url_create(rq, rs,
	    &(struct secret_url){
		.kind = "calendar", .path = "/calendar/", .suffix = SUFFIX });
}

static enum problem_code
list_feeds(struct request *rq, struct response *rs)
{
	return secret_url_list(rq, rs, "calendar", "calendar_feeds");
}

static enum problem_code
revoke_feed(struct request *rq, struct response *rs)
{
	return secret_url_delete(rq, rs, "calendar");
}

/* Responds with 304 if the client's copy is current. */
static void
answer_calendar(struct request *rq, struct response *rs, const struct buf *b,
    const char *epoch)
{
	const char *etag = arena_printf(rq->arena, "\"%s\"",
	    token_mac_url(rq->arena, rq->config->secret,
		arena_printf(rq->arena, "%s %s", epoch, b->data)));

	answer_unless_known(rq, rs, etag, b->data, b->len);
	rs->type = rs->body_len > 0 ? "text/calendar; charset=utf-8" : NULL;
	rs->cache = "private, no-cache";
}

/* Reads a list from a column, or returns NULL. */
static struct json_object *
list_in(struct arena *a, const struct db_step *rows, int row, int column)
{
	const char *text = db_text(rows, row, column);
	struct json_error why;

	return text == NULL
	    ? NULL
	    : json_parse(a, text, db_len(rows, row, column), &why);
}

static void
put_entry(struct buf *b, const struct db_step *rows, int row, const char *host)
{
	struct ical_entry e = {
		.kind = db_text(rows, row, CALENDAR_PAGE_KIND),
		.uid = arena_printf(b->arena, "%s@%s",
		    db_text(rows, row, CALENDAR_PAGE_UID), host),
		.stamp = db_text(rows, row, CALENDAR_PAGE_STAMP),
		.starts = db_text(rows, row, CALENDAR_PAGE_STARTS),
		.ends = db_text(rows, row, CALENDAR_PAGE_ENDS),
		.summary = db_text(rows, row, CALENDAR_PAGE_SUMMARY),
		.place = db_text(rows, row, CALENDAR_PAGE_PLACE),
		.about = db_text(rows, row, CALENDAR_PAGE_ABOUT),
		.status = db_text(rows, row, CALENDAR_PAGE_STATUS),
		.done = db_text(rows, row, CALENDAR_PAGE_DONE),
		.sequence = db_text(rows, row, CALENDAR_PAGE_SEQUENCE),
		.reminders =
		    list_in(b->arena, rows, row, CALENDAR_PAGE_REMINDERS),
		.people = list_in(b->arena, rows, row, CALENDAR_PAGE_PEOPLE),
	};

	ical_put(b, &e);
}

static enum problem_code
get_calendar(struct request *rq, struct response *rs)
{
	size_t len = strlen(rq->id), cut = strlen(SUFFIX);
	struct db_step steps[] = {
		{ .nparams = 0 }, /* set once the token is known */
		{ .sql = SQL("SELECT current_setting('app.secret_url')::json->>"
			     "'name'") },
		crm_calendar_page(rq->arena),
		ops_cache_epoch(rq->arena),
	};
	const char *host =
	    mail_template_site(rq->arena, "", rq->config->base_url);
	enum problem_code err;
	struct buf b;
	int i;

	if (len <= cut || strcmp(rq->id + len - cut, SUFFIX) != 0)
		return request_refuse(rq, "no_such_path");
	steps[0] = identity_begin_secret_url(rq->arena, .kind = "calendar",
	    .token_hash = token_hash(
		rq->arena, arena_strndup(rq->arena, rq->id, len - cut)));
	if ((err = session_read(rq, steps, 4)) != PROBLEM_NONE)
		return err;
	buf_init(&b, rq->arena);
	ical_begin(&b,
	    db_text(&steps[1], 0, 0) != NULL ? db_text(&steps[1], 0, 0) : host);
	for (i = 0; i < db_rows(&steps[2]); i++)
		put_entry(&b, &steps[2], i, host);
	ical_end(&b);
	answer_calendar(rq, rs, &b, db_text(&steps[3], 0, 0));
	return PROBLEM_NONE;
}
