/* Contacts as a read-only CardDAV address book (RFC 6352). */

#include <string.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/basic_auth.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/crm/address_book.h"
#include "lib/base/arena.h"

#define DAV(method, path, action)                                              \
	{                                                                      \
		METHOD_##method, path, action, SESSION_ORGANIZATION,           \
		    ROUTE_PLAIN | ROUTE_BASIC | ROUTE_BODY,                    \
		    .media = "application/xml",                                \
		    .summary = "Read the address book with CardDAV"            \
	}
#define REFUSED(method, path)                                                  \
	{                                                                      \
		METHOD_##method, path, refuse_write, SESSION_ORGANIZATION,     \
		    ROUTE_PLAIN | ROUTE_BASIC,                                 \
		    .summary = "Refused; the address book is read-only"        \
	}
#define OPEN(method, path, action)                                             \
	{                                                                      \
		METHOD_##method, path, action, SESSION_NONE, ROUTE_PLAIN,      \
		    .summary = "Discover the address book and its methods"     \
	}

static action_fn handle_propfind, handle_report, get_card, refuse_write,
    answer_options, redirect_well_known;

static const struct route routes[] = {
	OPEN(GET, "/.well-known/carddav", redirect_well_known),
	OPEN(PROPFIND, "/.well-known/carddav", redirect_well_known),
	OPEN(OPTIONS, BOOK_ROOT, answer_options),
	OPEN(OPTIONS, BOOK_ME, answer_options),
	OPEN(OPTIONS, BOOK_HOME, answer_options),
	OPEN(OPTIONS, BOOK_CARDS, answer_options),
	OPEN(OPTIONS, BOOK_CARDS "{card}", answer_options),
	DAV(PROPFIND, BOOK_ROOT, handle_propfind),
	DAV(PROPFIND, BOOK_ME, handle_propfind),
	DAV(PROPFIND, BOOK_HOME, handle_propfind),
	DAV(PROPFIND, BOOK_CARDS, handle_propfind),
	DAV(REPORT, BOOK_CARDS, handle_report),
	{ METHOD_GET, BOOK_CARDS "{card}", get_card, SESSION_ORGANIZATION,
	    ROUTE_PLAIN | ROUTE_BASIC,
	    .summary = "Get the vCard of a contact" },
	REFUSED(PUT, BOOK_CARDS "{card}"),
	REFUSED(DELETE, BOOK_CARDS "{card}"),
	REFUSED(PROPPATCH, BOOK_CARDS "{card}"),
	REFUSED(PROPPATCH, BOOK_CARDS),
	REFUSED(DELETE, BOOK_CARDS),
	{ .action = NULL },
};

const struct module carddav_module = {
	.name = "carddav",
	.routes = routes,
};

/*
 * Ignores cookies, because a page of a different site could cause the browser
 * to send them.
 */
static enum problem_code
check_caller(struct request *rq)
{
	struct db_step none = { .result = NULL };

	rq->token = NULL;
	if (rq->key == NULL)
		rq->key = basic_auth_password(rq);
	request_require_scope(rq, "contacts", "read", false);
	request_require_scope(rq, "tags", "read", false);
	return session_read(rq, &none, 0);
}

static enum problem_code
dav_error(struct response *rs, const char *condition)
{
	response_json(rs, 403, condition, strlen(condition));
	rs->type = "application/xml; charset=utf-8";
	return PROBLEM_NONE;
}

#define ERROR(name)                                                            \
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"                         \
	"<D:error xmlns:D=\"" DAV_NS "\" xmlns:C=\"" DAV_CARDS "\"><" name     \
	"/></D:error>"

static enum problem_code
handle_propfind(struct request *rq, struct response *rs)
{
	static const struct {
		const char *path;
		unsigned place;
	} places[] = { { BOOK_ROOT, PLACE_ROOT }, { BOOK_ME, PLACE_ME },
		{ BOOK_HOME, PLACE_BOOKS }, { BOOK_CARDS, PLACE_BOOK } };
	struct book_answer *a = arena_alloc(rq->arena, sizeof *a);
	enum problem_code err;
	size_t i;

	if ((err = check_caller(rq)) != PROBLEM_NONE ||
	    (err = dav_read(rq, &a->q)) != PROBLEM_NONE)
		return err;
	if (a->q.root.name != NULL && !dav_is(&a->q.root, DAV_NS, "propfind"))
		return request_refuse(rq, "propfind_invalid");
	if (strcmp(rq->headers.depth, "0") != 0 &&
	    strcmp(rq->headers.depth, "1") != 0)
		return dav_error(rs, ERROR("D:propfind-finite-depth"));
	a->deep = *rq->headers.depth == '1';
	for (i = 0; i < sizeof places / sizeof places[0]; i++)
		if (strcmp(rq->path, places[i].path) == 0) {
			a->place = places[i].place;
			a->href = places[i].path;
		}
	a->q.nhrefs = 0;
	book_answer(rs, a);
	return PROBLEM_NONE;
}

static enum problem_code
handle_report(struct request *rq, struct response *rs)
{
	struct book_answer *a = arena_alloc(rq->arena, sizeof *a);
	enum problem_code err;
	bool named, query;

	if ((err = check_caller(rq)) != PROBLEM_NONE ||
	    (err = dav_read(rq, &a->q)) != PROBLEM_NONE)
		return err;
	named = dav_is(&a->q.root, DAV_CARDS, "addressbook-multiget");
	query = dav_is(&a->q.root, DAV_CARDS, "addressbook-query");
	if (!named && !query)
		return dav_error(rs, ERROR("D:supported-report"));
	if (query && a->q.filtered)
		return dav_error(rs, ERROR("C:supported-filter"));
	if (a->q.version != NULL && !vcard_version(a->q.version, &a->version))
		return dav_error(rs, ERROR("C:supported-address-data"));
	a->whole = true;
	a->deep = query;
	if (query)
		a->q.nhrefs = 0;
	book_answer(rs, a);
	return PROBLEM_NONE;
}

static enum problem_code
get_card(struct request *rq, struct response *rs)
{
	const char *etag, *text;
	enum problem_code err;

	if ((err = check_caller(rq)) != PROBLEM_NONE ||
	    (err = book_card(rq, rq->id, &etag, &text)) != PROBLEM_NONE)
		return err;
	answer_unless_known(rq, rs, etag, text, strlen(text));
	if (rs->body_len > 0)
		rs->type = "text/vcard; charset=utf-8";
	rs->cache = "private, no-cache";
	return PROBLEM_NONE;
}

/* Refuses writes from callers who can read. */
static enum problem_code
refuse_write(struct request *rq, struct response *rs)
{
	enum problem_code err = check_caller(rq);

	return err != PROBLEM_NONE ? err
				   : dav_error(rs, ERROR("D:need-privileges"));
}

static enum problem_code
answer_options(struct request *rq, struct response *rs)
{
	(void)rq;
	response_empty(rs, 200);
	rs->dav = "1, 3, addressbook";
	rs->allow = "OPTIONS, GET, HEAD, PROPFIND, REPORT";
	return PROBLEM_NONE;
}

static enum problem_code
redirect_well_known(struct request *rq, struct response *rs)
{
	response_redirect(rs, rq, BOOK_ROOT);
	rs->status = 301;
	return PROBLEM_NONE;
}
