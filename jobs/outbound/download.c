/* Downloads a picture from a public server. */

#include "jobs/outbound/download.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/net/http_client.h"

#define CONNECT_MS 2000
#define FETCH_MS   3000
#define BODY_MAX   (1 << 20)

/*
 * Classifies a status. 408, 429 and server errors are temporary, and other
 * statuses are final.
 */
static enum download_end
classify_status(long status)
{
	if (status == 200)
		return DOWNLOAD_FOUND;
	return status >= 300 && status < 500 && status != 408 && status != 429
	    ? DOWNLOAD_MISSING
	    : DOWNLOAD_FAILED;
}

enum download_end
download(struct arena *a, const char *url, bool private_allowed,
    struct download *got)
{
	const struct http_request get = {
		.who = "download",
		.url = url,
		.protocols = "http,https",
		.reach = private_allowed ? HTTP_ANY : HTTP_PUBLIC,
		.connect_ms = CONNECT_MS,
		.ms = FETCH_MS,
		.most = BODY_MAX,
	};
	struct http_reply reply;
	enum download_end found;

	found = http_client_send(a, NULL, &get, &reply)
	    ? classify_status(reply.status)
	    : DOWNLOAD_FAILED;
	if (reply.too_much)
		return DOWNLOAD_MISSING;
	if (found == DOWNLOAD_FAILED)
		log_error("download status=%ld error=\"%s\"", reply.status,
		    reply.error != NULL ? reply.error : "refused");
	got->bytes = (const unsigned char *)reply.body.data;
	got->len = reply.body.len;
	return found;
}
