/* Stores files in an S3 bucket (AWS Signature Version 4). */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/token.h"
#include "lib/net/http_client.h"
#include "lib/storage/s3.h"

#define CONNECT_MS 3000
#define PUT_MS     20000 /* plus CONNECT_MS, less than a worker's time limit */
#define REMOVE_MS  5000
#define REPLY_MAX  65536 /* bytes; only the status is used */
#define FILE_MAX   67108864
#define EXPIRES    "60" /* seconds that a presigned URL is valid */

/*
 * Returns the path of a file: virtual-hosted style for Amazon, path style for
 * other servers.
 */
static const char *
file_path(const struct config *config, struct arena *a, const char *name)
{
	return *config->s3_url == '\0'
	    ? arena_printf(a, "/%s", name)
	    : arena_printf(a, "/%s/%s", config->s3_bucket, name);
}

static const char *
bucket_origin(const struct config *config, struct arena *a)
{
	return *config->s3_url == '\0'
	    ? arena_printf(a, "https://%s.s3.%s.amazonaws.com",
		  config->s3_bucket, config->s3_region)
	    : config->s3_url;
}

/*
 * Sends a request. Returns true if the response has one of the two given
 * statuses. The signature covers all headers, so the list has only headers that
 * curl sends.
 */
static bool
s3_send(const struct config *config, struct arena *a, const char *name,
    const char *hash, struct http_request *t, long wanted, long or_wanted)
{
	const char *headers[] = { arena_printf(
				      a, "x-amz-content-sha256: %s", hash),
		"Content-Type: application/octet-stream", NULL };
	struct http_reply reply;

	t->who = "s3";
	t->url = arena_printf(
	    a, "%s%s", bucket_origin(config, a), file_path(config, a, name));
	t->protocols = "http,https";
	t->reach = HTTP_ANY;
	t->connect_ms = CONNECT_MS;
	t->most = t->take != NULL ? FILE_MAX : REPLY_MAX;
	t->cut = t->take == NULL;
	t->headers = headers;
	t->signing = arena_printf(a, "aws:amz:%s:s3", config->s3_region);
	t->user = config->s3_key;
	t->password = config->s3_secret;
	if (http_client_send(a, NULL, t, &reply) &&
	    (reply.status == wanted || reply.status == or_wanted))
		return true;
	log_error("s3 file=%s status=%ld error=\"%s\"", name, reply.status,
	    reply.error != NULL ? reply.error : "refused");
	return false;
}

bool
s3_put(const struct config *config, struct arena *a, const char *name,
    const struct spool *content)
{
	struct http_request put = { .content = content, .ms = PUT_MS };
	const char *hash = digest_spool(a, content);

	if (hash == NULL) {
		log_error("s3 file=%s error=\"cannot read the file\"", name);
		return false;
	}
	return s3_send(config, a, name, hash, &put, 200, 201);
}

static bool
write_piece(void *to, long status, const char *bytes, size_t len)
{
	return status == 200 && fwrite(bytes, 1, len, to) == len;
}

bool
s3_get(const struct config *config, struct arena *a, const char *name,
    struct spool *content)
{
	FILE *file = spool_temporary(a);
	struct http_request get = {
		.ms = PUT_MS, .take = write_piece, .to = file
	};

	if (file == NULL ||
	    !s3_send(config, a, name, digest_text(a, ""), &get, 200, 200))
		return false;
	if (!spool_written(file, content)) {
		log_error(
		    "s3 file=%s error=\"cannot write a temporary file\"", name);
		return false;
	}
	return true;
}

bool
s3_lacks(const struct config *config, struct arena *a, const char *name)
{
	struct http_request get = { .ms = PUT_MS };

	return s3_send(config, a, name, digest_text(a, ""), &get, 404, 404);
}

bool
s3_remove(const struct config *config, struct arena *a, const char *name)
{
	struct http_request remove = { .method = "DELETE", .ms = REMOVE_MS };

	return s3_send(config, a, name, digest_text(a, ""), &remove, 204, 404);
}

/* Signs a text with the key of a day. The signature is hexadecimal. */
static const char *
sigv4(const struct config *config, struct arena *a, const char *day,
    const char *text)
{
	const char *secret = arena_printf(a, "AWS4%s", config->s3_secret);
	unsigned char key[DIGEST_LEN];

	digest_keyed(secret, strlen(secret), day, strlen(day), key);
	digest_keyed(
	    key, sizeof key, config->s3_region, strlen(config->s3_region), key);
	digest_keyed(key, sizeof key, "s3", strlen("s3"), key);
	digest_keyed(
	    key, sizeof key, "aws4_request", strlen("aws4_request"), key);
	digest_keyed(key, sizeof key, text, strlen(text), key);
	return hex_encode(a, key, sizeof key);
}

const char *
s3_presigned(const struct config *config, struct arena *a, const char *method,
    const char *name)
{
	const char *origin = bucket_origin(config, a);
	const char *path = file_path(config, a, name), *scope, *query, *text;
	char at[20], day[10];
	struct tm tm;
	time_t now = time(NULL);

	if (gmtime_r(&now, &tm) == NULL ||
	    strftime(at, sizeof at, "%Y%m%dT%H%M%SZ", &tm) == 0 ||
	    strftime(day, sizeof day, "%Y%m%d", &tm) == 0)
		fatal("s3: cannot format the time");
	scope =
	    arena_printf(a, "%s/%s/s3/aws4_request", day, config->s3_region);
	query = arena_printf(a,
	    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F%s%%2F%s"
	    "%%2Fs3%%2Faws4_request&X-Amz-Date=%s&X-Amz-Expires=" EXPIRES
	    "&X-Amz-SignedHeaders=host",
	    config->s3_key, day, config->s3_region, at);
	text = arena_printf(a, "%s\n%s\n%s\nhost:%s\n\nhost\nUNSIGNED-PAYLOAD",
	    method, path, query, strstr(origin, "://") + 3);
	text = arena_printf(
	    a, "AWS4-HMAC-SHA256\n%s\n%s\n%s", at, scope, digest_text(a, text));
	return arena_printf(a, "%s%s?%s&X-Amz-Signature=%s", origin, path,
	    query, sigv4(config, a, day, text));
}
