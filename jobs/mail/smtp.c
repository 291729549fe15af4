/* Sends an email over SMTP with libcurl. */

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "jobs/mail/mail_message.h"
#include "jobs/mail/smtp.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"

#define REPLY_MAX 500 /* reported bytes of a server's reply */

/* The parts of SMTP_URL */

static void
url_cleanup(void *url)
{
	curl_url_cleanup(url);
}

static const char *
url_part(struct arena *a, CURLU *url, CURLUPart part, unsigned flags)
{
	char *text = NULL;
	const char *copy = "";

	if (curl_url_get(url, part, &text, flags) == CURLUE_OK)
		copy = arena_strdup(a, text);
	curl_free(text);
	return copy;
}

static bool
is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 ||
	    strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

/* Reads "tls=on", "tls=off" and "ca=FILE", joined by "&". */
static bool
read_options(struct arena *a, const char *query, struct smtp_server *s)
{
	size_t len;

	for (; *query != '\0'; query += len + (query[len] == '&')) {
		len = strcspn(query, "&");
		if (len == 7 && strncmp(query, "tls=off", 7) == 0)
			s->plain = true;
		else if (len == 6 && strncmp(query, "tls=on", 6) == 0)
			s->plain = false;
		else if (len > 3 && strncmp(query, "ca=", 3) == 0)
			s->ca = arena_strndup(a, query + 3, len - 3);
		else
			return false;
	}
	return true;
}

static bool
read_parts(struct arena *a, CURLU *url, struct smtp_server *s, const char **why)
{
	bool implicit =
	    strcmp(url_part(a, url, CURLUPART_SCHEME, 0), "smtps") == 0;
	const char *host = url_part(a, url, CURLUPART_HOST, 0);
	const char *port = url_part(a, url, CURLUPART_PORT, 0);
	const char *path = url_part(a, url, CURLUPART_PATH, 0);

	s->user = url_part(a, url, CURLUPART_USER, CURLU_URLDECODE);
	s->password = url_part(a, url, CURLUPART_PASSWORD, CURLU_URLDECODE);
	s->plain = !implicit && is_loopback(host);
	s->announced = strlen(path) > 1;
	s->ca = "";
	if (!read_options(a, url_part(a, url, CURLUPART_QUERY, 0), s)) {
		*why = "an option of SMTP_URL is neither tls=on, tls=off nor "
		       "ca=FILE";
		return false;
	}
	if (implicit && s->plain) {
		*why = "SMTP_URL has smtps:// and tls=off";
		return false;
	}
	s->url =
	    arena_printf(a, "%s://%s:%s%s", implicit ? "smtps" : "smtp", host,
		*port != '\0'  ? port
		    : implicit ? "465"
			       : "587",
		s->announced ? path : "");
	return true;
}

bool
smtp_server_read(
    struct arena *a, const char *text, struct smtp_server *s, const char **why)
{
	CURLU *url = curl_url();

	if (url == NULL)
		fatal("smtp: out of memory");
	arena_defer(a, url_cleanup, url);
	*why = "SMTP_URL is not smtp://user:password@host:587 or smtps://";
	if (strncmp(text, "smtp://", 7) != 0 &&
	    strncmp(text, "smtps://", 8) != 0)
		return false;
	if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
		return false;
	return read_parts(a, url, s, why);
}

/* One delivery */

struct delivery {
	const struct smtp_sender *sender;
	const char *html; /* the rest of the message's last part */
	bool asked;       /* may_start() was called */
	bool started;     /* may_start() returned true */
	bool reported;
	bool recipient; /* the last command concerned the recipient */
	bool leaving;   /* the last command was QUIT: ignore replies */
	int code;       /* code of the last reply; 0: none since the start */
	char reply[REPLY_MAX + 1];
};

/*
 * Reports an outcome. A reply may contain any bytes, but the reason is
 * printable ASCII.
 */
static void
report(struct delivery *d, enum smtp_end end, const char *reason)
{
	char plain[REPLY_MAX + 1];
	size_t i;

	if (d->reported)
		return;
	d->reported = true;
	for (i = 0; i < REPLY_MAX && reason[i] != '\0'; i++)
		plain[i] = reason[i] < ' ' || reason[i] > '~' ? '?' : reason[i];
	plain[i] = '\0';
	d->sender->report(d->sender->arg, end, plain);
}

/* Reports the outcome, which depends on the reply to the whole message. */
static void
report_reply(struct delivery *d)
{
	if (d->code >= 200 && d->code < 300)
		report(d, SMTP_SENT, d->reply);
	else if (d->code >= 500)
		report(d, SMTP_FAILED, d->reply);
	else
		report(d, SMTP_DEFERRED, d->reply);
}

/*
 * Handles a line from the server. The last line of the reply to the message is
 * the outcome. It is reported immediately, because this process may still fail.
 */
static size_t
on_reply(char *line, size_t size, size_t n, void *arg)
{
	struct delivery *d = arg;
	size_t len = size * n < REPLY_MAX ? size * n : REPLY_MAX;

	if (d->leaving)
		return size * n;
	memcpy(d->reply, line, len);
	d->reply[len] = '\0';
	d->reply[strcspn(d->reply, "\r\n")] = '\0';
	d->code = (int)strtol(d->reply, NULL, 10);
	if (d->started && (strlen(d->reply) < 4 || d->reply[3] != '-'))
		report_reply(d);
	return size * n;
}

static bool
is_command(const char *text, size_t len, const char *command)
{
	return len >= strlen(command) &&
	    strncmp(text, command, strlen(command)) == 0;
}

static int
on_debug(CURL *easy, curl_infotype type, char *text, size_t len, void *arg)
{
	struct delivery *d = arg;

	(void)easy;
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	d->leaving = is_command(text, len, "QUIT");
	if (!d->leaving)
		d->recipient = is_command(text, len, "RCPT") ||
		    is_command(text, len, "DATA");
	return 0;
}

/*
 * Reads the last part of the message. Until this part is sent, the message is
 * incomplete and no server accepts it. The attempt is therefore recorded here.
 */
static size_t
on_read(char *to, size_t size, size_t n, void *arg)
{
	struct delivery *d = arg;
	size_t len = strlen(d->html);

	if (!d->asked) {
		d->asked = true;
		d->started = d->sender->may_start(d->sender->arg);
		d->code = 0;
	}
	if (!d->started)
		return CURL_READFUNC_ABORT;
	len = len < size * n ? len : size * n;
	memcpy(to, d->html, len);
	d->html += len;
	return len;
}

static void
must(CURLcode code)
{
	if (code != CURLE_OK)
		fatal("smtp: %s", curl_easy_strerror(code));
}

static struct curl_slist *
append(struct curl_slist *list, const char *text)
{
	if ((list = curl_slist_append(list, text)) == NULL)
		fatal("smtp: out of memory");
	return list;
}

static curl_mimepart *
add_part(curl_mime *mime, const char *type)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	if (part == NULL)
		fatal("smtp: out of memory");
	must(curl_mime_type(part, type));
	must(curl_mime_encoder(part, "quoted-printable"));
	return part;
}

static void
set_message(CURL *easy, const struct mail_message *m, struct delivery *d)
{
	curl_mime *mime = curl_mime_init(easy);
	struct curl_slist *headers = NULL, *to = NULL;
	const char *const *header;
	curl_mimepart *part;

	for (header = m->headers; *header != NULL; header++)
		headers = append(headers, *header);
	headers = append(headers, "Content-Type: multipart/alternative");
	to = append(to, m->to);
	part = add_part(mime, "text/plain; charset=utf-8");
	must(curl_mime_data(part, m->text, CURL_ZERO_TERMINATED));
	part = add_part(mime, "text/html; charset=utf-8");
	d->html = m->html;
	must(curl_mime_data_cb(
	    part, (curl_off_t)strlen(m->html), on_read, NULL, NULL, d));
	must(curl_easy_setopt(easy, CURLOPT_MAIL_FROM, m->from));
	must(curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to));
	must(curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers));
	must(curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime));
}

static void
set_server(
    CURL *easy, const struct smtp_server *s, const char *url, long seconds)
{
	must(curl_easy_setopt(easy, CURLOPT_URL, url));
	must(curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps"));
	must(curl_easy_setopt(easy, CURLOPT_PROXY, ""));
	must(curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L));
	must(curl_easy_setopt(easy, CURLOPT_TIMEOUT, seconds));
	must(curl_easy_setopt(
	    easy, CURLOPT_CONNECTTIMEOUT, seconds < 30 ? seconds : 30L));
	must(curl_easy_setopt(easy, CURLOPT_USE_SSL,
	    s->plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL));
	must(curl_easy_setopt(
	    easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2));
	if (*s->ca != '\0')
		must(curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca));
	if (*s->user != '\0') {
		must(curl_easy_setopt(easy, CURLOPT_USERNAME, s->user));
		must(curl_easy_setopt(easy, CURLOPT_PASSWORD, s->password));
	}
}

static void
set_callbacks(CURL *easy, struct delivery *d, char *error)
{
	must(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply));
	must(curl_easy_setopt(easy, CURLOPT_HEADERDATA, d));
	must(curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L));
	must(curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug));
	must(curl_easy_setopt(easy, CURLOPT_DEBUGDATA, d));
	must(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error));
}

/*
 * Reports the outcome. Without a final reply, it depends on how the transfer
 * ended.
 */
static void
report_end(struct delivery *d, CURLcode code, const char *error)
{
	if (*error == '\0')
		error = curl_easy_strerror(code);
	if (code == CURLE_OK && d->started)
		report(d, SMTP_SENT, ""); /* libcurl has read the reply 250 */
	else if (d->asked && !d->started)
		report(d, SMTP_DEFERRED, "the attempt could not be recorded");
	else if (d->started && *d->html == '\0')
		report(d, SMTP_UNCERTAIN, error);
	else if (d->started)
		report(d, SMTP_DEFERRED, error);
	else if (d->recipient && d->code >= 500)
		report(d, SMTP_FAILED, d->reply);
	else
		report(d, SMTP_DEFERRED, d->code >= 400 ? d->reply : error);
}

void
smtp_deliver(struct arena *a, const struct smtp_server *s,
    const struct mail_message *m, const struct smtp_sender *sender)
{
	struct delivery d = { .sender = sender };
	char error[CURL_ERROR_SIZE] = "";
	const char *url = s->url;
	CURL *easy;

	must(curl_global_init(CURL_GLOBAL_DEFAULT));
	if ((easy = curl_easy_init()) == NULL)
		fatal("smtp: out of memory");
	/* The name for EHLO is the sender's domain, which is valid. */
	if (!s->announced)
		url = arena_printf(a, "%s/%s", url, address_domain(m->from));
	set_server(easy, s, url, sender->seconds);
	set_message(easy, m, &d);
	set_callbacks(easy, &d, error);
	report_end(&d, curl_easy_perform(easy), error);
	curl_easy_cleanup(easy);
}
