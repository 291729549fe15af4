/* The CardDAV address book: reads contacts as cards, in pieces. */

#include "handlers/crm/address_book.h"

#include <string.h>

#include "fcgi/http/response.h"
#include "fcgi/http/session.h"
#include "fcgi/http/stream.h"
#include "fcgi/rest/export.h"
#include "fcgi/rest/page.h"
#include "handlers/crm/contact_cards.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

#define LISTED 1000 /* cards per page of versions only */
#define TOLD   100  /* cards per page of complete cards */
#define ID_MAX 19   /* digits */

#define ANYWHERE 31u

/* A DAV resource: a card or one of its parent collections. */
struct shown {
	const char *href;
	unsigned place;
	const char *etag; /* the card's ETag */
	const char *text; /* the card's text, or NULL */
};

#define REPORT(name)                                                           \
	"<D:supported-report><D:report><C:" name "/></D:report>"               \
	"</D:supported-report>"
#define CARD_VERSION(v)                                                        \
	"<C:address-data-type content-type=\"text/vcard\" version=\"" v "\"/>"

static const struct prop {
	unsigned places;
	const char *prefix;
	const char *ns;
	const char *name;
	const char *value; /* NULL: computed from the card */
} props[] = {
	{ PLACE_ROOT | PLACE_BOOKS, "D", DAV_NS, "resourcetype",
	    "<D:collection/>" },
	{ PLACE_ME, "D", DAV_NS, "resourcetype",
	    "<D:collection/><D:principal/>" },
	{ PLACE_BOOK, "D", DAV_NS, "resourcetype",
	    "<D:collection/><C:addressbook/>" },
	{ PLACE_CARD, "D", DAV_NS, "resourcetype", "" },
	{ PLACE_ROOT | PLACE_ME | PLACE_BOOKS, "D", DAV_NS, "displayname",
	    "Tenantry" },
	{ PLACE_BOOK, "D", DAV_NS, "displayname", "Contacts" },
	{ ANYWHERE, "D", DAV_NS, "current-user-principal",
	    "<D:href>" BOOK_ME "</D:href>" },
	{ ANYWHERE, "D", DAV_NS, "current-user-privilege-set",
	    "<D:privilege><D:read/></D:privilege>" },
	{ PLACE_ME, "D", DAV_NS, "principal-URL",
	    "<D:href>" BOOK_ME "</D:href>" },
	{ PLACE_ME, "C", DAV_CARDS, "addressbook-home-set",
	    "<D:href>" BOOK_HOME "</D:href>" },
	{ PLACE_BOOK, "C", DAV_CARDS, "supported-address-data",
	    CARD_VERSION("3.0") CARD_VERSION("4.0") },
	{ PLACE_BOOK, "D", DAV_NS, "supported-report-set",
	    REPORT("addressbook-multiget") REPORT("addressbook-query") },
	{ PLACE_CARD, "D", DAV_NS, "getcontenttype",
	    "text/vcard; charset=utf-8" },
	{ PLACE_CARD, "D", DAV_NS, "getetag", NULL },
	{ PLACE_CARD, "C", DAV_CARDS, "address-data", NULL },
};
#define NPROPS (sizeof props / sizeof props[0])

static void
put_value(struct buf *b, const struct prop *p, const struct shown *s)
{
	buf_printf(b, "<%s:%s>", p->prefix, p->name);
	if (p->value != NULL)
		buf_puts(b, p->value);
	else
		dav_text(
		    b, strcmp(p->name, "getetag") == 0 ? s->etag : s->text);
	buf_printf(b, "</%s:%s>", p->prefix, p->name);
}

static const struct prop *
find_prop(const struct dav_name *n, const struct shown *s)
{
	size_t i;

	for (i = 0; i < NPROPS; i++)
		if ((props[i].places & s->place) != 0 &&
		    dav_is(n, props[i].ns, props[i].name) &&
		    (strcmp(n->name, "address-data") != 0 || s->text != NULL))
			return &props[i];
	return NULL;
}

/*
 * Writes all properties except address-data, which must be requested by name.
 */
static void
put_all(struct buf *b, const struct book_answer *a, const struct shown *s)
{
	size_t i;

	for (i = 0; i < NPROPS; i++) {
		if ((props[i].places & s->place) == 0 ||
		    strcmp(props[i].name, "address-data") == 0)
			continue;
		if (a->q.names)
			buf_printf(
			    b, "<%s:%s/>", props[i].prefix, props[i].name);
		else
			put_value(b, &props[i], s);
	}
}

#define STATUS(text)                                                           \
	"</D:prop><D:status>HTTP/1.1 " text "</D:status></D:propstat>"

static void
put_response(struct buf *b, const struct book_answer *a, const struct shown *s)
{
	const struct prop *p;
	bool missing = false;
	size_t i;

	buf_puts(b, "<D:response><D:href>");
	dav_text(b, s->href);
	buf_puts(b, "</D:href><D:propstat><D:prop>");
	if (a->q.all)
		put_all(b, a, s);
	for (i = 0; i < a->q.nprops; i++) {
		if ((p = find_prop(&a->q.props[i], s)) != NULL)
			put_value(b, p, s);
		missing |= p == NULL;
	}
	buf_puts(b, STATUS("200 OK"));
	if (missing)
		buf_puts(b, "<D:propstat><D:prop>");
	for (i = 0; missing && i < a->q.nprops; i++) {
		if (find_prop(&a->q.props[i], s) != NULL)
			continue;
		buf_printf(b,
		    *a->q.props[i].ns != '\0' ? "<x:%s xmlns:x=\""
					      : "<%s xmlns=\"",
		    a->q.props[i].name);
		dav_text(b, a->q.props[i].ns);
		buf_puts(b, "\"/>");
	}
	if (missing)
		buf_puts(b, STATUS("404 Not Found"));
	buf_puts(b, "</D:response>\n");
}

static void
put_missing(struct buf *b, const char *href)
{
	buf_puts(b, "<D:response><D:href>");
	dav_text(b, href);
	buf_puts(b,
	    "</D:href><D:status>HTTP/1.1 404 Not Found</D:status>"
	    "</D:response>\n");
}

#define VERSION_OF                                                             \
	"'\"' || md5(ROW(s.first_name, s.last_name, s.gender, s.title, "       \
	"s.background, s.avatar, s.tag_list::text, s.linkedin_url, "           \
	"s.email_jsonb, s.phone_jsonb, s.company_name, "                       \
	"(SELECT ops.cache_epoch()))::text) || '\"'"

/*
 * The columns of contact_cards, in the order of contact_cards, and the version.
 */
#define CARDS                                                                  \
	"SELECT s.id::text, s.first_name, s.last_name, s.gender, s.title, "    \
	"s.background, s.avatar::text, s.tag_list::text, s.linkedin_url, "     \
	"s.email_jsonb::text, s.phone_jsonb::text, s.company_name, "           \
	"s.card_uid, s.photo::text, " VERSION_OF                               \
	" FROM crm.contacts_export s "
#define ETAG_AT 14

static const char *
card_text(struct request *rq, const struct db_step *step, int row,
    enum vcard_version version)
{
	struct page page = { .rows = (struct db_step *)step };
	struct export e = { .own = &version };
	struct buf b;

	buf_init(&b, rq->arena);
	contact_cards.row(rq, &e, &page, row, &b);
	return b.data;
}

static void
put_card(struct request *rq, struct buf *b, const struct book_answer *a,
    const struct db_step *step, int row)
{
	struct shown s = { .href = arena_printf(rq->arena, BOOK_CARDS "%s.vcf",
			       db_text(step, row, 0)),
		.place = PLACE_CARD,
		.etag = db_text(step, row, a->whole ? ETAG_AT : 1) };

	if (a->whole)
		s.text = card_text(rq, step, row, a->version);
	put_response(b, a, &s);
}

/* Writes a card in a separate arena. */
static bool
send_card(struct request *rq, struct stream *s, const struct book_answer *a,
    const struct db_step *step, int row)
{
	struct request one = *rq;
	struct buf b;

	one.arena = stream_row(s);
	buf_init(&b, one.arena);
	put_card(&one, &b, a, step, row);
	return stream_write(s, b.data, b.len);
}

static bool
send_missing(struct stream *s, const char *href)
{
	struct buf b;

	buf_init(&b, stream_row(s));
	put_missing(&b, href);
	return stream_write(s, b.data, b.len);
}

/* Runs a step with an arena that is reset afterwards. */
static enum problem_code
run_piece(struct request *rq, struct request *piece, struct db_step *step)
{
	enum problem_code err;

	err = session_read(piece, step, 1);
	rq->key_counted = piece->key_counted;
	if (err != PROBLEM_NONE && err != PROBLEM_RESULT_TOO_LARGE)
		log_info(
		    "address_book_broken problem=\"%s\"", problem_title(err));
	return err;
}

/* Writes the whole address book, page by page. */
static bool
put_book(struct request *rq, struct stream *s, const struct book_answer *a)
{
	char after[ID_MAX + 2] = "0";
	long most = a->whole ? TOLD : LISTED;
	struct request piece = *rq;
	enum problem_code err;
	int i, n;

	for (;;) {
		struct db_step step = { .nparams = 2 };

		piece.arena = stream_piece(s);
		piece.key_counted = rq->key_counted;
		step.params = (const char *[]){ after,
			arena_printf(piece.arena, "%ld", most) };
		if (a->whole)
			step.sql = SQL(CARDS "WHERE s.id > $1::bigint "
					     "ORDER BY s.id LIMIT $2::bigint");
		else
			step.sql = SQL("SELECT s.id::text, " VERSION_OF
				       " FROM crm.contacts_export s "
				       "WHERE s.id > $1::bigint "
				       "ORDER BY s.id LIMIT $2::bigint");
		err = run_piece(rq, &piece, &step);
		if (err == PROBLEM_RESULT_TOO_LARGE && most > 1) {
			most = most / 8 + 1;
			continue;
		}
		if (err != PROBLEM_NONE)
			return false;
		n = db_rows(&step);
		for (i = 0; i < n; i++)
			if (!send_card(rq, s, a, &step, i))
				return false;
		if (n < most)
			return true;
		memcpy(after, db_text(&step, n - 1, 0),
		    db_len(&step, n - 1, 0) + 1);
	}
}

/* Returns the id in a card's name, or NULL. */
static const char *
card_id(struct arena *a, const char *name)
{
	size_t len = strspn(name, "0123456789");

	return len > 0 && len <= ID_MAX && strcmp(name + len, ".vcf") == 0
	    ? arena_strndup(a, name, len)
	    : NULL;
}

/* Returns the ID of a card from a path or an absolute URL, or NULL. */
static const char *
href_id(struct arena *a, const char *href)
{
	const char *host = strstr(href, "://");

	if (host != NULL && (href = strchr(host + 3, '/')) == NULL)
		return NULL;
	return strncmp(href, BOOK_CARDS, sizeof BOOK_CARDS - 1) == 0
	    ? card_id(a, href + sizeof BOOK_CARDS - 1)
	    : NULL;
}

/* Sends *n of the requested cards. If they are too large, reduces *n. */
static bool
put_some(struct request *rq, struct stream *s, const struct book_answer *a,
    const char *const *hrefs, size_t *n)
{
	struct request piece = *rq;
	struct db_step step = { .sql = SQL(
				    CARDS "WHERE s.id = ANY ($1::bigint[])") };
	const char *id;
	enum problem_code err;
	struct buf b;
	size_t i;
	int row;

	piece.arena = stream_piece(s);
	buf_init(&b, piece.arena);
	for (i = 0; i < *n; i++)
		if ((id = href_id(piece.arena, hrefs[i])) != NULL)
			buf_printf(&b, "%s%s", b.len > 0 ? "," : "{", id);
	buf_puts(&b, b.len > 0 ? "}" : "{}");
	step.params = (const char *[]){ b.data };
	step.nparams = 1;
	err = run_piece(rq, &piece, &step);
	if (err == PROBLEM_RESULT_TOO_LARGE && *n > 1) {
		*n = *n / 8 + 1;
		return put_some(rq, s, a, hrefs, n);
	}
	if (err != PROBLEM_NONE)
		return false;
	for (i = 0; i < *n; i++) {
		id = href_id(piece.arena, hrefs[i]);
		for (row = 0; id != NULL && row < db_rows(&step); row++)
			if (strcmp(db_text(&step, row, 0), id) == 0)
				break;
		if (id != NULL && row < db_rows(&step)
			? !send_card(rq, s, a, &step, row)
			: !send_missing(s, hrefs[i]))
			return false;
	}
	return true;
}

static bool
put_named(struct request *rq, struct stream *s, const struct book_answer *a)
{
	size_t at, n;

	for (at = 0; at < a->q.nhrefs; at += n) {
		n = a->q.nhrefs - at < TOLD ? a->q.nhrefs - at : TOLD;
		if (!put_some(rq, s, a, a->q.hrefs + at, &n))
			return false;
	}
	return true;
}

static bool
put_answer(struct request *rq, const struct response *rs, struct stream *s)
{
	const struct book_answer *a = rs->stream_from;
	struct shown own = { .href = a->href, .place = a->place };
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus "
	    "xmlns:D=\"" DAV_NS "\" xmlns:C=\"" DAV_CARDS "\">\n");
	if (a->place != 0)
		put_response(&b, a, &own);
	if (a->deep && a->place == PLACE_BOOKS)
		put_response(&b, a,
		    &(struct shown){ .href = BOOK_CARDS, .place = PLACE_BOOK });
	if (!stream_write(s, b.data, b.len))
		return false;
	if (a->q.nhrefs > 0 && !put_named(rq, s, a))
		return false;
	if (a->deep && (a->place == 0 || a->place == PLACE_BOOK) &&
	    !put_book(rq, s, a))
		return false;
	return stream_write(s, "</D:multistatus>\n", 17);
}

void
book_answer(struct response *rs, const struct book_answer *a)
{
	response_empty(rs, 207);
	rs->type = "application/xml; charset=utf-8";
	rs->stream = put_answer;
	rs->stream_from = a;
}

enum problem_code
book_card(
    struct request *rq, const char *name, const char **etag, const char **text)
{
	const char *params[] = { card_id(rq->arena, name) };
	struct db_step step = { .sql = SQL(CARDS "WHERE s.id = $1::bigint"),
		.params = params,
		.nparams = 1 };
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	if (db_rows(&step) == 0)
		return request_refuse(rq, "no_such_card");
	*etag = db_text(&step, 0, ETAG_AT);
	*text = card_text(rq, &step, 0, VCARD_3);
	return PROBLEM_NONE;
}
