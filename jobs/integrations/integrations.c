/* The process that runs integration jobs. */

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "jobs/integrations/integration_source.h"
#include "jobs/integrations/integrations.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/db/db.h"
#include "schema/identity/integration.h"
#include "schema/ops/integration.h"

#define ROUND_MS 500
#define SLICE_MS 20000 /* milliseconds until the next job has its turn */
#define BATCH    500   /* rows per transaction */
#define BYTES    4194304
#define SAMPLE   5 /* rows that a connection test shows */

static const struct {
	const char *type;
	integration_fetch *fetch;
} sources[] = {
	{ "http_json", integration_http_json },
	{ "csv_https", integration_csv_https },
	{ "csv_sftp", integration_csv_sftp },
	{ "postgres", integration_postgres },
	{ "mysql", integration_mysql },
	{ "webhook_in", integration_payload },
	{ "email_in", integration_mail },
};

struct run {
	struct job_context *w;
	const char *ticket, *job;
	struct integration in;
	integration_fetch *fetch;
	bool sends, signs; /* sends: rows go to the other system */
	const char *place; /* the position as the database stores it */
	const char *page;  /* the position in parts: page, row and before */
	size_t row;        /* row within the page */
	long before;       /* number of rows in all previous pages */
	size_t most;       /* rows per batch */
	int64_t until;
};

/* Calls the integration's function. On an error, logs it and returns NULL. */
static const char *
call(struct run *r, const char *event, const char *data)
{
	struct db_step step = ops_call_integration(
	    r->w->arena, .ticket = r->ticket, .event = event, .data = data);

	if (!periodic_tasks_query(r->w, &step) || db_rows(&step) == 0)
		return NULL;
	return db_text(&step, 0, 0);
}

/*
 * Reports an event and returns the result, or NULL if the run is over. On an
 * error, logs it and returns NULL.
 */
static const char *
act(struct run *r, struct arena *a, const char *event, const char *data)
{
	struct db_step steps[2] = {
		identity_begin_integration(a, .ticket = r->ticket),
		ops_run_integration(
		    a, .ticket = r->ticket, .event = event, .data = data),
	};
	struct problem why = { 0 };
	enum problem_code err = db_run(r->w->db, a, steps, 2, &why);

	if (err == PROBLEM_NONE)
		return db_rows(&steps[1]) == 1 ? db_text(&steps[1], 0, 0)
					       : NULL;
	log_error("integration job=%s event=%s error=\"%s\"", r->job, event,
	    why.detail != NULL ? why.detail : problem_title(err));
	return NULL;
}

static void
fail(struct run *r)
{
	struct buf b;

	log_info("integration job=%s error=\"%s\"", r->job, r->in.error);
	buf_init(&b, r->w->arena);
	buf_puts(&b, "{\"error\":");
	buf_json(&b, r->in.error);
	buf_printf(&b, ",\"final\":%s}", r->in.final ? "true" : "false");
	call(r, "fail", b.data);
}

static void
put_rows(
    struct buf *b, const struct integration_page *page, size_t from, size_t to)
{
	buf_puts(b, "[");
	for (; from < to; from++) {
		buf_puts(b, page->rows[from]);
		buf_puts(b, from + 1 < to ? "," : "");
	}
	buf_puts(b, "]");
}

/* Returns the end of the batch that begins at the current row. */
static size_t
batch_end(const struct run *r, const struct integration_page *page)
{
	size_t to = r->row, bytes = 0;

	while (to < page->nrows && to - r->row < r->most && bytes < BYTES)
		bytes += strlen(page->rows[to++]);
	return to;
}

static void
put_place(struct buf *b, const char *page, size_t row, long before)
{
	buf_puts(b, "{\"page\":");
	buf_json(b, page);
	buf_printf(b, ",\"row\":%zu,\"before\":%ld}", row, before);
}

/*
 * Sends a batch together with the position after it. Returns false if the run
 * is over.
 */
static bool
import_batch(struct run *r, struct arena *a,
    const struct integration_page *page, const char *next, size_t to,
    bool ended)
{
	struct buf b;

	buf_init(&b, a);
	buf_printf(&b, "{\"place\":%s,\"next\":%s,\"first\":%ld,", r->place,
	    next, r->before + (long)r->row);
	buf_printf(&b, "\"progress\":%zu,\"ended\":%s,\"rows\":",
	    page->next == NULL && *r->page == '\0' && page->nrows > 0
		? to * 100 / page->nrows
		: 0,
	    ended ? "true" : "false");
	put_rows(&b, page, r->row, to);
	buf_puts(&b, "}");
	return act(r, a, "import", b.data) != NULL && !ended;
}

/* Imports the rest of a page. Returns false if the run is over. */
static bool
import_page(struct run *r, struct arena *a, const struct integration_page *page,
    const volatile sig_atomic_t *stopping)
{
	bool page_ends, more;
	size_t to;
	struct buf next;

	do {
		to = batch_end(r, page);
		page_ends = to >= page->nrows;
		buf_init(&next, r->in.arena);
		if (page_ends && page->next != NULL)
			put_place(&next, page->next, 0,
			    r->before + (long)page->nrows);
		else
			put_place(&next, r->page, to, r->before);
		more = import_batch(
		    r, a, page, next.data, to, page_ends && page->next == NULL);
		r->place = next.data;
		r->row = to;
	} while (more && !page_ends && !*stopping && clock_ms() < r->until);
	if (page_ends && page->next != NULL) {
		r->page = page->next;
		r->before += (long)page->nrows;
		r->row = 0;
	}
	return more && !*stopping && clock_ms() < r->until;
}

static void
import_pages(struct run *r, const volatile sig_atomic_t *stopping)
{
	struct arena *a = arena_new();
	struct integration_page page;
	bool more;

	do {
		page = (struct integration_page){ 0 };
		if (!r->fetch(&r->in, a, r->page, &page)) {
			fail(r);
			break;
		}
		if (page.next != NULL && strcmp(page.next, r->page) == 0) {
			integration_fail(
			    &r->in, true, "a page is followed by itself");
			fail(r);
			break;
		}
		more = import_page(r, a, &page, stopping);
		arena_reset(a);
	} while (more);
	arena_free(a);
}

/* Reads the first rows to test a connection. */
static void
take_sample(struct run *r)
{
	struct arena *a = arena_new();
	struct integration_page page = { 0 };
	struct buf b;

	if (r->fetch(&r->in, a, "", &page)) {
		buf_init(&b, a);
		buf_puts(&b, "{\"rows\":");
		put_rows(
		    &b, &page, 0, page.nrows < SAMPLE ? page.nrows : SAMPLE);
		buf_puts(&b, "}");
		call(r, "sample", b.data);
	} else
		fail(r);
	arena_free(a);
}

/* Returns the next batch to send, or NULL if the run is over. */
static struct json_object *
next_batch(struct run *r, struct arena *a)
{
	const char *text =
	    act(r, a, "export", arena_printf(a, "{\"place\":%s}", r->place));

	return text != NULL ? json_parse_tree(a, text, strlen(text), 64) : NULL;
}

/* Sends a batch and records it. Returns false if the run is over. */
static bool
send_batch(struct run *r, struct arena *a, struct json_object *batch)
{
	const char *body = json_get_text(batch, "body");
	const char *fault = json_get_text(batch, "fault");
	bool present, ended = json_get_bool(batch, "ended", false);
	struct buf b;

	if (fault != NULL)
		integration_fail(
		    &r->in, true, arena_strdup(r->in.arena, fault));
	if (fault != NULL ||
	    (body != NULL &&
		!integration_push(
		    &r->in, a, r->signs, json_get_text(batch, "key"), body))) {
		fail(r);
		return false;
	}
	r->place = arena_strdup(
	    r->in.arena, json_text(json_get(batch, "next", &present)));
	buf_init(&b, a);
	buf_printf(&b, "{\"place\":%s,\"next\":%s,\"counts\":%s,\"ended\":%s}",
	    json_text(json_get(batch, "place", &present)), r->place,
	    json_text(json_get(batch, "counts", &present)),
	    ended ? "true" : "false");
	return call(r, "exported", b.data) != NULL && !ended;
}

static void
send_batches(struct run *r, const volatile sig_atomic_t *stopping)
{
	struct arena *a = arena_new();
	struct json_object *batch;

	while (!*stopping && clock_ms() < r->until &&
	    (batch = next_batch(r, a)) != NULL && send_batch(r, a, batch))
		arena_reset(a);
	arena_free(a);
}

/* Sends a batch without rows to test a connection. */
static void
send_sample(struct run *r)
{
	if (integration_push(&r->in, r->w->arena, r->signs,
		arena_printf(r->w->arena, "test-%s", r->ticket),
		"{\"test\":true,\"rows\":[],\"deleted\":[]}"))
		call(r, "sample", "{\"rows\":[]}");
	else
		fail(r);
}

static integration_fetch *
source_of(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof sources / sizeof sources[0]; i++)
		if (strcmp(sources[i].type, type) == 0)
			return sources[i].fetch;
	return NULL;
}

/*
 * Reads the module's data about the job. Returns false if the job is not
 * running.
 */
static bool
open_run(struct run *r, struct json_object **about)
{
	const char *answer = call(r, "open", "{}");
	struct json_object *place, *row, *before;
	bool present;

	if (answer == NULL)
		return false;
	*about = json_parse_tree(r->w->arena, answer, strlen(answer), 64);
	if (*about == NULL)
		return false;
	r->in.settings = json_get(*about, "settings", &present);
	r->in.secrets = json_get(*about, "secrets", &present);
	r->in.payload = json_get(*about, "payload", &present);
	r->in.organization = json_get_text(*about, "organization");
	place = json_get(*about, "place", &present);
	r->place = json_text(place);
	r->sends = json_get_bool(*about, "sends", false);
	r->page = json_get_text(place, "page");
	if (r->page == NULL)
		r->page = "";
	row = json_get(place, "row", &present);
	r->row = (size_t)json_object_get_int64(row);
	before = json_get(place, "before", &present);
	r->before = (long)json_object_get_int64(before);
	return true;
}

static void
run_job(struct run *r, const volatile sig_atomic_t *stopping)
{
	struct json_object *about;
	const char *fault, *type;

	if (!open_run(r, &about))
		return;
	fault = json_get_text(about, "fault");
	type = json_get_text(about, "type");
	r->in.test = strcmp(json_get_text(about, "kind"), "test") == 0;
	r->fetch = source_of(type);
	r->signs = strcmp(type, "webhook_out") == 0;
	if (fault == NULL && r->fetch == NULL && !r->sends)
		fault = arena_printf(r->w->arena,
		    "integrations of the type %s have no jobs", type);
	if (fault != NULL) {
		integration_fail(&r->in, true, fault);
		fail(r);
	} else if (r->sends)
		r->in.test ? send_sample(r) : send_batches(r, stopping);
	else
		r->in.test ? take_sample(r) : import_pages(r, stopping);
}

static const volatile sig_atomic_t *stop;

/* Runs the next job that is due. Returns true if there was one. */
static bool
run_next(struct job_context *w)
{
	struct db_step next =
	    ops_claim_integration(w->arena, .lease = "2 minutes");
	struct db_step rest;
	struct run r = { .w = w, .until = clock_ms() + SLICE_MS };
	long tries;

	if (!periodic_tasks_query(w, &next) || db_rows(&next) == 0)
		return false;
	r.ticket = db_text(&next, 0, CLAIM_INTEGRATION_TICKET);
	r.job = db_text(&next, 0, CLAIM_INTEGRATION_JOB);
	tries = strtol(db_text(&next, 0, CLAIM_INTEGRATION_TRIES), NULL, 10);
	r.most = tries < 9 ? BATCH >> tries : 1;
	r.in.config = w->config;
	r.in.arena = w->arena;
	r.in.w = w;
	r.in.ticket = r.ticket;
	run_job(&r, stop);
	rest = ops_rest_integration(w->arena, .ticket = r.ticket);
	if (!periodic_tasks_query(w, &rest))
		log_error("integration job=%s error=\"not given back\"", r.job);
	return true;
}

void
integrations_run(const void *config, const volatile sig_atomic_t *stopping,
    const sigset_t *waiting)
{
	const struct poll_loop loop = { NULL, run_next, ROUND_MS };

	stop = stopping;
	poll_loop_run(&loop, config, stopping, waiting);
}
