/* Reads rows from another system's MySQL or MariaDB server, with libmariadb. */

#include "lib/net/remote_query.h"

#ifdef HAVE_MARIADB

#include <mysql.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/clock.h"

/* The size of libmariadb's stack, on which it also verifies certificates. */
#define STACK       (1 << 20)
#define BINARY      63   /* the character set of columns that are not text */
#define FIRST_LOCAL 2000 /* first error code of libmariadb itself */

/* A libmariadb call, which returns whenever it has to wait. */
struct client {
	MYSQL *mysql;
	MYSQL_RES *result;
	const struct remote_query *query;
	struct remote_rows *page;
	int64_t until;
	size_t bytes;
	bool ended; /* all data from the server was read */
};

/* Returns true for server errors after which a retry may succeed. */
static bool
may_help(unsigned int error)
{
	static const unsigned int temporary[] = { 1040, 1053, 1203, 1205, 1213,
		1317, 1969, 3024 };
	size_t i;

	for (i = 0; i < sizeof temporary / sizeof temporary[0]; i++)
		if (temporary[i] == error)
			return true;
	return error >= FIRST_LOCAL && error < FIRST_LOCAL + 1000;
}

/*
 * Returns the error message. libmariadb's own message does not say that a valid
 * certificate lacks the host name.
 */
static const char *
error_text(const struct client *c, struct arena *a)
{
	const char *text = mysql_error(c->mysql);

	return strstr(text, "Validation of SSL server certificate failed") !=
		NULL
	    ? arena_printf(
		  a, "the certificate is not of the host %s", c->query->host)
	    : text;
}

/* Records an error. Only the first error during the call is reported. */
static bool
fail(struct client *c, struct arena *a)
{
	if (c->page->error != NULL)
		return false;
	return remote_query_fail(c->page, !may_help(mysql_errno(c->mysql)),
	    remote_query_said(a, error_text(c, a)));
}

/*
 * Returns true if the server's address is allowed. libmariadb resolves the host
 * itself, so nothing is sent before this check.
 */
static bool
peer_allowed(const struct client *c, int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof address;
	struct sockaddr *peer = (struct sockaddr *)&address;

	return getpeername(fd, peer, &len) == -1 ||
	    remote_query_allowed(c->query, peer);
}

/*
 * Waits for the event that a call needs. After a failure, the call must give
 * up.
 */
static int
await(struct client *c, int events)
{
	int fd = mysql_get_socket(c->mysql);

	if (c->page->error != NULL ||
	    !remote_query_wait(fd,
		(short)((events & MYSQL_WAIT_READ ? POLLIN : 0) |
		    (events & MYSQL_WAIT_WRITE ? POLLOUT : 0)),
		c->until, c->page))
		return MYSQL_WAIT_TIMEOUT;
	if (peer_allowed(c, fd))
		return events & ~MYSQL_WAIT_TIMEOUT;
	remote_query_fail(c->page, true, "the database has a private address");
	return MYSQL_WAIT_TIMEOUT;
}

/*
 * Prevents libmariadb from reading files on this machine and from sending
 * passwords in plain text.
 */
static bool
set_options(struct client *c)
{
	const struct remote_query *q = c->query;
	unsigned int seconds = (unsigned int)(q->ms / 1000),
		     tcp = MYSQL_PROTOCOL_TCP, none = 0;
	/* remote_query_wait() stops much earlier. */
	unsigned long most = 4 * REMOTE_MOST;
	size_t stack = STACK;
	my_bool encrypted = q->tls != REMOTE_PLAIN;
	my_bool verified = q->tls == REMOTE_VERIFIED;
	MYSQL *m = c->mysql;

	return mysql_options(m, MYSQL_OPT_NONBLOCK, &stack) == 0 &&
	    mysql_options(m, MYSQL_OPT_PROTOCOL, &tcp) == 0 &&
	    mysql_options(m, MYSQL_OPT_LOCAL_INFILE, &none) == 0 &&
	    mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &seconds) == 0 &&
	    mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &seconds) == 0 &&
	    mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &seconds) == 0 &&
	    mysql_options(m, MYSQL_OPT_MAX_ALLOWED_PACKET, &most) == 0 &&
	    mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4") == 0 &&
	    mysql_options(m, MYSQL_INIT_COMMAND,
		"SET SESSION TRANSACTION READ ONLY") == 0 &&
	    mysql_options(m, MARIADB_OPT_RESTRICTED_AUTH,
		"mysql_native_password,caching_sha2_password,"
		"sha256_password,client_ed25519") == 0 &&
	    mysql_options(m, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3") == 0 &&
	    mysql_options(m, MYSQL_OPT_SSL_ENFORCE, &encrypted) == 0 &&
	    mysql_options(m, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified) ==
	    0 &&
	    (!verified ||
		mysql_options(m, MYSQL_OPT_SSL_CA, q->authorities) == 0);
}

static bool
open_database(struct client *c, struct arena *a)
{
	const struct remote_query *q = c->query;
	bool by_name =
	    /* The certificate must have this name. */
	    q->tls == REMOTE_VERIFIED;
	const char *address = remote_query_address(a, q, by_name, c->page);
	MYSQL *made = NULL;
	int events;

	if (address == NULL)
		return false;
	if (!set_options(c))
		return remote_query_fail(
		    c->page, true, "libmariadb rejected an option");
	c->until = clock_ms() + q->connect_ms;
	events = mysql_real_connect_start(&made, c->mysql,
	    by_name ? q->host : address, q->user, q->password, q->database,
	    (unsigned int)strtoul(q->port, NULL, 10), NULL, 0);
	while (events != 0)
		events =
		    mysql_real_connect_cont(&made, c->mysql, await(c, events));
	return (made != NULL && c->page->error == NULL) || fail(c, a);
}

/*
 * Returns a key as a literal. A key is a quotation mark followed by text, or,
 * for a numeric column, a number. The two differ, because texts and numbers
 * sort in different orders.
 */
static const char *
literal(struct arena *a, const char *key)
{
	if (*key != '\'')
		return key;
	return arena_printf(
	    a, "_utf8mb4 X'%s'", hex_encode(a, key + 1, strlen(key + 1)));
}

/*
 * Returns the query for rows after a key. MySQL and MariaDB both abort the
 * query after 50 seconds.
 */
static const char *
page_query(struct arena *a, const struct remote_query *q)
{
	const char *key = remote_query_quote(a, q->key, '`');

	return arena_printf(a,
	    "/*M!100100 SET STATEMENT max_statement_time=50 FOR */ "
	    "SELECT /*+ MAX_EXECUTION_TIME(50000) */ t.* FROM (%s\n) t "
	    "WHERE t.%s IS NOT NULL%s%s%s%s ORDER BY t.%s LIMIT %d",
	    q->query, key, q->after == NULL ? "" : " AND t.",
	    q->after == NULL ? "" : key, q->after == NULL ? "" : " > ",
	    q->after == NULL ? "" : literal(a, q->after), key, REMOTE_ROWS);
}

/* Returns true for a number in the JSON format: 7, but not 007. */
static bool
is_number(const char *text)
{
	size_t n;

	text += *text == '-';
	n = strspn(text, "0123456789");
	if (n == 0 || (n > 1 && *text == '0'))
		return false;
	text += n;
	if (*text == '.') {
		n = strspn(text + 1, "0123456789");
		if (n == 0)
			return false;
		text += n + 1;
	}
	if (*text == 'e' || *text == 'E') {
		text += text[1] == '-' || text[1] == '+' ? 2 : 1;
		n = strspn(text, "0123456789");
		if (n == 0)
			return false;
		text += n;
	}
	return *text == '\0';
}

static bool
is_text(enum enum_field_types type)
{
	switch (type) {
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB:
	case MYSQL_TYPE_BLOB:
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VARCHAR:
	case MYSQL_TYPE_BIT:
	case MYSQL_TYPE_GEOMETRY:
		return true;
	default:
		return false;
	}
}

static bool
put_value(struct client *c, struct buf *b, const MYSQL_FIELD *field,
    const char *value, size_t len)
{
	buf_json(b, field->name);
	buf_puts(b, ":");
	if (value == NULL)
		buf_puts(b, "null");
	else if (strlen(value) != len ||
	    (is_text(field->type) && field->charsetnr == BINARY))
		return remote_query_fail(c->page, true,
		    arena_printf(b->arena,
			"the column %.100s of the database is binary: convert "
			"it in the query",
			field->name));
	else if (IS_NUM(field->type) && is_number(value))
		buf_puts(b, value);
	else
		buf_json(b, value);
	return true;
}

/* Finds the key column. */
static bool
find_key(struct client *c, unsigned int *at)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(c->result);
	unsigned int n = mysql_num_fields(c->result);

	for (*at = 0; *at < n; ++*at)
		if (strcasecmp(fields[*at].name, c->query->key) == 0)
			return true;
	return remote_query_fail(
	    c->page, true, "the database: there is no key_column");
}

static bool
take_row(struct client *c, struct arena *a, MYSQL_ROW row, unsigned int key)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(c->result);
	const unsigned long *lengths = mysql_fetch_lengths(c->result);
	unsigned int i, n = mysql_num_fields(c->result);
	const char *last = row[key] != NULL ? row[key] : "";
	struct buf b;

	buf_init(&b, a);
	for (i = 0; i < n; i++) {
		buf_puts(&b, i > 0 ? "," : "{");
		if (!put_value(c, &b, &fields[i], row[i], lengths[i]))
			return false;
	}
	buf_puts(&b, "}");
	return remote_query_add(a, c->page, b.data,
	    IS_NUM(fields[key].type) && is_number(last)
		? last
		: arena_printf(a, "'%s", last),
	    &c->bytes);
}

static bool
read_rows(struct client *c, struct arena *a)
{
	MYSQL_ROW row;
	unsigned int key;
	int events;

	if (!find_key(c, &key))
		return false;
	c->page->rows = arena_array(a, REMOTE_ROWS, sizeof *c->page->rows);
	for (;;) {
		events = mysql_fetch_row_start(&row, c->result);
		while (events != 0)
			events = mysql_fetch_row_cont(
			    &row, c->result, await(c, events));
		if (row == NULL || c->page->error != NULL)
			break;
		if (!take_row(c, a, row, key))
			return false;
	}
	c->ended = true;
	return (mysql_errno(c->mysql) == 0 && c->page->error == NULL) ||
	    fail(c, a);
}

static bool
run_query(struct client *c, struct arena *a)
{
	const char *query = page_query(a, c->query);
	int events, failed = 1;

	c->until = clock_ms() + c->query->ms;
	events = mysql_real_query_start(
	    &failed, c->mysql, query, (unsigned long)strlen(query));
	while (events != 0)
		events =
		    mysql_real_query_cont(&failed, c->mysql, await(c, events));
	if (failed != 0 || c->page->error != NULL)
		return fail(c, a);
	c->result = mysql_use_result(c->mysql);
	return c->result != NULL
	    ? read_rows(c, a)
	    : remote_query_fail(
		  c->page, true, "the query of the database returns no rows");
}

/* Closes the connection without waiting for the server's remaining data. */
static void
close_database(struct client *c)
{
	if (!c->ended)
		shutdown(mysql_get_socket(c->mysql), SHUT_RDWR);
	mysql_free_result(c->result);
	mysql_close(c->mysql);
}

bool
mysql_query_run(
    struct arena *a, const struct remote_query *q, struct remote_rows *page)
{
	struct client c = {
		.query = q, .page = page, .mysql = mysql_init(NULL)
	};
	bool ok;

	if (c.mysql == NULL)
		return remote_query_fail(page, false, "there is no memory");
	ok = open_database(&c, a) && run_query(&c, a);
	close_database(&c);
	return ok;
}

#else

bool
mysql_query_run(
    struct arena *a, const struct remote_query *q, struct remote_rows *page)
{
	(void)a;
	(void)q;
	return remote_query_fail(
	    page, true, "this installation was built without libmariadb");
}

#endif
