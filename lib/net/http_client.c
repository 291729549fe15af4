/*
 * Sends HTTP requests to other servers and reads files over SFTP, with libcurl.
 */

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/base/core_dump.h"
#include "lib/base/log.h"
#include "lib/base/network.h"
#include "lib/base/spool.h"
#include "lib/base/version.h"
#include "lib/crypto/digest.h"
#include "lib/net/http_client.h"

#define HEADER_MAX (1 << 16)

#define SET(option, value) (curl_easy_setopt(curl, option, value) == CURLE_OK)

struct http_connection {
	CURL *curl; /* created on first use, after the fork */
};

struct http_multi {
	CURLM *handle;
};

struct http_transfer {
	const struct http_request *request;
	struct http_reply *reply;
	struct arena *arena;
	CURL *curl;
	size_t header_len;
	size_t len;
	off_t sent;
	bool private; /* the address was refused */
	bool truncated;
};

static void
start_library(void)
{
	static bool ready;

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		fatal("http_client: cannot initialize libcurl");
	ready = true;
}

static CURL *
new_handle(void)
{
	CURL *curl;

	start_library();
	if ((curl = curl_easy_init()) == NULL)
		fatal("http_client: out of memory");
	return curl;
}

struct http_connection *
http_connection_new(void)
{
	struct http_connection *connection = calloc(1, sizeof *connection);

	if (connection == NULL)
		fatal("http_client: out of memory");
	return connection;
}

void
http_connection_free(struct http_connection *connection)
{
	if (connection->curl != NULL)
		curl_easy_cleanup(connection->curl);
	free(connection);
}

static void
free_handle(void *curl)
{
	curl_easy_cleanup(curl);
}

static CURL *
get_handle(struct arena *a, struct http_connection *connection)
{
	CURL *curl;

	if (connection != NULL && connection->curl != NULL) {
		curl_easy_reset(connection->curl);
		return connection->curl;
	}
	curl = new_handle();
	if (connection != NULL)
		connection->curl = curl;
	else
		arena_defer(a, free_handle, curl);
	return curl;
}

static bool
address_allowed(enum http_reach reach, const struct sockaddr *address)
{
	switch (reach) {
	case HTTP_ANY:
		return true;
	case HTTP_LOOPBACK:
		return network_loopback(address);
	case HTTP_PUBLIC:
		break;
	}
	return network_public(address);
}

/*
 * Checks the resolved address when libcurl connects to it, instead of checking
 * the host name in advance. This check also prevents DNS rebinding.
 */
static curl_socket_t
open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct http_transfer *s = data;

	(void)purpose;
	if (s->request->socket == NULL &&
	    !address_allowed(s->request->reach, &to->addr)) {
		log_error("%s error=\"the server has a private address\"",
		    s->request->who);
		s->private = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/*
 * Receives a part of the body. Any result except n makes libcurl abort the
 * transfer.
 */
static size_t
receive_body(char *data, size_t size, size_t n, void *to)
{
	struct http_transfer *s = to;
	size_t left = s->request->most - s->len, len = n < left ? n : left;
	long status = 0;

	(void)size;
	if (n > left && !s->request->cut) {
		s->reply->too_much = true;
		return 0;
	}
	s->len += len;
	if (s->request->take == NULL)
		buf_write(&s->reply->body, data, len);
	else if (curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status) !=
		CURLE_OK ||
	    !s->request->take(s->request->to, status, data, len))
		return 0;
	s->truncated = len < n;
	return len;
}

static size_t
receive_header(char *data, size_t size, size_t n, void *to)
{
	struct http_transfer *s = to;

	(void)data;
	s->header_len += size * n;
	return s->header_len > HEADER_MAX ? 0 : n;
}

static size_t
send_content(char *buf, size_t size, size_t n, void *from)
{
	struct http_transfer *s = from;
	ssize_t got = spool_read(s->request->content, s->sent, buf, size * n);

	if (got == -1)
		return CURL_READFUNC_ABORT;
	s->sent += got;
	return (size_t)got;
}

static int
seek_content(void *from, curl_off_t to, int whence)
{
	if (whence != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	((struct http_transfer *)from)->sent = to;
	return CURL_SEEKFUNC_OK;
}

static bool
set_limits(CURL *curl, const struct http_request *t)
{
	return SET(CURLOPT_NOSIGNAL, 1L) &&
	    SET(CURLOPT_PROTOCOLS_STR, t->protocols) &&
	    SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_PROXY, "") &&
	    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
	    SET(CURLOPT_CONNECTTIMEOUT_MS,
		t->connect_ms < t->ms ? t->connect_ms : t->ms) &&
	    SET(CURLOPT_TIMEOUT_MS, t->ms) &&
	    SET(CURLOPT_LOW_SPEED_LIMIT, 1L) &&
	    SET(CURLOPT_LOW_SPEED_TIME, t->quiet_s) &&
	    SET(CURLOPT_USERAGENT, "tenantry/" TENANTRY_VERSION);
}

static bool
set_unverified(CURL *curl, const struct http_request *t)
{
	return !t->unverified ||
	    (SET(CURLOPT_SSL_VERIFYPEER, 0L) &&
		SET(CURLOPT_SSL_VERIFYHOST, 0L) && SET(CURLOPT_CERTINFO, 1L));
}

static bool
set_callbacks(CURL *curl, struct http_transfer *s)
{
	return SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) &&
	    SET(CURLOPT_OPENSOCKETDATA, s) &&
	    SET(CURLOPT_HEADERFUNCTION, receive_header) &&
	    SET(CURLOPT_HEADERDATA, s) &&
	    SET(CURLOPT_WRITEFUNCTION, receive_body) &&
	    SET(CURLOPT_WRITEDATA, s) && SET(CURLOPT_PRIVATE, s);
}

/*
 * Compares a server's key with the expected key, which has the format of
 * ssh-keygen -l.
 */
static int
check_host_key(void *data, int type, const char *key, size_t len)
{
	struct http_transfer *s = data;
	unsigned char hash[DIGEST_LEN];
	const char *text;

	(void)type;
	digest_bytes(key, len, hash);
	text = base64_encode(s->arena, hash, sizeof hash);
	text = arena_printf(
	    s->arena, "SHA256:%.*s", (int)strcspn(text, "="), text);
	if (strcmp(text, s->request->host_key) == 0)
		return CURLKHMATCH_OK;
	s->reply->host_key = text;
	return CURLKHMATCH_MISMATCH;
}

static void
forbid_dumps(void *unused)
{
	(void)unused;
	core_dump_permit(false);
}

/*
 * Sets the private key. libcurl reads a private key only from a file, so the
 * key is written to an unnamed file.
 */
static bool
set_private_key(CURL *curl, struct http_transfer *s)
{
	const struct http_request *t = s->request;
	struct spool file;

	core_dump_permit(true);
	arena_defer(s->arena, forbid_dumps, NULL);
	return spool_bytes(
		   s->arena, t->private_key, strlen(t->private_key), &file) &&
	    SET(CURLOPT_SSH_AUTH_TYPES, (long)CURLSSH_AUTH_PUBLICKEY) &&
	    SET(CURLOPT_SSH_PRIVATE_KEYFILE,
		arena_printf(s->arena, "/proc/self/fd/%d", file.fd)) &&
	    SET(CURLOPT_KEYPASSWD, t->password);
}

/*
 * Sets the SFTP options. libcurl calls a function to check a server's key only
 * if it uses libssh2.
 */
static bool
set_sftp(CURL *curl, struct http_transfer *s)
{
	if (s->request->host_key == NULL)
		return true;
	if (SET(CURLOPT_SSH_HOSTKEYFUNCTION, check_host_key) &&
	    SET(CURLOPT_SSH_HOSTKEYDATA, s) &&
	    (s->request->private_key != NULL
		    ? set_private_key(curl, s)
		    : SET(CURLOPT_SSH_AUTH_TYPES,
			  (long)(CURLSSH_AUTH_PASSWORD |
			      CURLSSH_AUTH_KEYBOARD))))
		return true;
	s->reply->error = "this libcurl has no SFTP with keys of servers";
	return false;
}

static void
free_list(void *list)
{
	curl_slist_free_all(list);
}

static bool
set_headers(struct arena *a, CURL *curl, const char *const *headers)
{
	struct curl_slist *list = NULL, *more;

	if (headers == NULL || *headers == NULL)
		return true;
	for (; *headers != NULL; headers++) {
		if ((more = curl_slist_append(list, *headers)) == NULL)
			fatal("http_client: out of memory");
		if (list == NULL)
			arena_defer(a, free_list, more);
		list = more;
	}
	return SET(CURLOPT_HTTPHEADER, list);
}

static bool
set_credentials(CURL *curl, const struct http_request *t)
{
	if (t->user == NULL)
		return true;
	return (t->signing != NULL
		       ? SET(CURLOPT_AWS_SIGV4, t->signing)
		       : SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC)) &&
	    SET(CURLOPT_USERNAME, t->user) &&
	    SET(CURLOPT_PASSWORD, t->password);
}

static bool
set_content(CURL *curl, struct http_transfer *s)
{
	return SET(CURLOPT_UPLOAD, 1L) &&
	    SET(CURLOPT_INFILESIZE_LARGE,
		(curl_off_t)s->request->content->len) &&
	    SET(CURLOPT_READFUNCTION, send_content) &&
	    SET(CURLOPT_READDATA, s) &&
	    SET(CURLOPT_SEEKFUNCTION, seek_content) && SET(CURLOPT_SEEKDATA, s);
}

/* Connects to this machine. The URL's port still applies. */
static bool
connect_here(struct arena *a, CURL *curl)
{
	struct curl_slist *list = curl_slist_append(NULL, "::127.0.0.1:");

	if (list == NULL)
		return false;
	arena_defer(a, free_list, list);
	return SET(CURLOPT_CONNECT_TO, list);
}

static bool
set_request(CURL *curl, struct http_transfer *s)
{
	const struct http_request *t = s->request;

	if (!SET(CURLOPT_URL, t->url) ||
	    (t->socket != NULL && !SET(CURLOPT_UNIX_SOCKET_PATH, t->socket)) ||
	    (t->here && !connect_here(s->arena, curl)))
		return false;
	if (t->body != NULL &&
	    (!SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len) ||
		!SET(CURLOPT_POSTFIELDS, t->body)))
		return false;
	if (t->content != NULL && !set_content(curl, s))
		return false;
	return t->method == NULL || SET(CURLOPT_CUSTOMREQUEST, t->method);
}

static bool
prepare_transfer(struct arena *a, CURL *curl, const struct http_request *t,
    struct http_reply *reply)
{
	struct http_transfer *s = arena_alloc(a, sizeof *s);

	*s = (struct http_transfer){
		.request = t, .reply = reply, .arena = a, .curl = curl
	};
	*reply = (struct http_reply){ .at = s };
	buf_init(&reply->body, a);
	if (set_limits(curl, t) && set_unverified(curl, t) &&
	    set_callbacks(curl, s) && set_headers(a, curl, t->headers) &&
	    set_credentials(curl, t) && set_sftp(curl, s) &&
	    set_request(curl, s))
		return true;
	if (reply->error == NULL)
		reply->error = "libcurl rejected an option";
	return false;
}

static const char *
error_text(const struct http_transfer *s, CURLcode code)
{
	if (s->private)
		return "the server has a private address";
	if (s->reply->too_much)
		return "the response is too large";
	if (s->reply->host_key != NULL)
		return "the server has another key";
	return curl_easy_strerror(code);
}

/*
 * Returns the end date of the server's own certificate, which is the first in
 * the chain.
 */
static int64_t
certificate_end(CURL *curl)
{
	static const char name[] = "Expire date:";
	struct curl_certinfo *chain = NULL;
	const struct curl_slist *line;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    chain == NULL || chain->num_of_certs < 1)
		return 0;
	for (line = chain->certinfo[0]; line != NULL; line = line->next)
		if (strncmp(line->data, name, sizeof name - 1) == 0)
			return curl_getdate(line->data + sizeof name - 1, NULL);
	return 0;
}

static void
finish_transfer(struct http_transfer *s, CURLcode code)
{
	struct http_reply *reply = s->reply;
	curl_off_t us = 0;

	if (s->truncated)
		code = CURLE_OK;
	if (curl_easy_getinfo(s->curl, CURLINFO_TOTAL_TIME_T, &us) == CURLE_OK)
		reply->ms = (long)(us / 1000);
	if (curl_easy_getinfo(
		s->curl, CURLINFO_RESPONSE_CODE, &reply->status) != CURLE_OK)
		reply->status = 0;
	if (code != CURLE_OK) {
		reply->error = error_text(s, code);
		reply->denied = code == CURLE_LOGIN_DENIED ||
		    code == CURLE_REMOTE_ACCESS_DENIED ||
		    code == CURLE_REMOTE_FILE_NOT_FOUND;
	}
	if (s->request->unverified)
		reply->expires = certificate_end(s->curl);
}

bool
http_client_send(struct arena *a, struct http_connection *connection,
    const struct http_request *t, struct http_reply *reply)
{
	CURL *curl = get_handle(a, connection);

	if (prepare_transfer(a, curl, t, reply))
		finish_transfer(reply->at, curl_easy_perform(curl));
	return reply->error == NULL;
}

struct http_multi *
http_multi_new(void)
{
	struct http_multi *multi = calloc(1, sizeof *multi);

	start_library();
	if (multi == NULL || (multi->handle = curl_multi_init()) == NULL)
		fatal("http_client: out of memory");
	return multi;
}

void
http_multi_free(struct http_multi *multi)
{
	curl_multi_cleanup(multi->handle);
	free(multi);
}

void
http_multi_add(struct http_multi *multi, struct arena *a,
    const struct http_request *t, struct http_reply *reply)
{
	CURL *curl = get_handle(a, NULL);

	if (!prepare_transfer(a, curl, t, reply) ||
	    curl_multi_add_handle(multi->handle, curl) != CURLM_OK)
		fatal("%s: %s", t->who,
		    reply->error != NULL ? reply->error
					 : "libcurl cannot add a transfer");
}

struct http_reply *
http_multi_next_done(struct http_multi *multi)
{
	struct http_transfer *s;
	CURLMsg *message;
	CURLcode code;
	CURL *curl;
	int n;

	if (curl_multi_perform(multi->handle, &n) != CURLM_OK)
		fatal("http_client: curl_multi_perform() failed");
	while ((message = curl_multi_info_read(multi->handle, &n)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		/*
		 * Copy the message first: removing the handle invalidates it.
		 */
		curl = message->easy_handle;
		code = message->data.result;
		if (curl_easy_getinfo(curl, CURLINFO_PRIVATE, (char **)&s) !=
			CURLE_OK ||
		    curl_multi_remove_handle(multi->handle, curl) != CURLM_OK)
			fatal("http_client: cannot remove a transfer");
		finish_transfer(s, code);
		return s->reply;
	}
	return NULL;
}

void
http_multi_wait(struct http_multi *multi, int fd, int ms)
{
	struct curl_waitfd also = { .fd = fd, .events = CURL_WAIT_POLLIN };

	if (curl_multi_poll(multi->handle, &also, fd == -1 ? 0 : 1, ms, NULL) !=
	    CURLM_OK)
		fatal("http_client: curl_multi_poll() failed");
}
