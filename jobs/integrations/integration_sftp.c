/* A source that reads a CSV file on an SFTP server. */

#include <string.h>

#include "jobs/integrations/integration_source.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/net/http_client.h"

/* Adds the credentials. On an error, returns false and sets the error. */
static bool
authorize(struct integration *in, struct http_request *rq)
{
	const char *how = integration_setting(in, "auth", "password");

	rq->user = integration_setting(in, "user", "");
	if (strcmp(how, "password") == 0)
		return (rq->password = integration_secret(in, "password")) !=
		    NULL;
	if (strcmp(how, "private_key") != 0)
		return integration_fail(
		    in, true, "auth must be one of: password, private_key");
	rq->private_key = integration_secret_lines(in, "private_key");
	if (rq->private_key == NULL)
		return false;
	rq->password = json_get_text(in->secrets, "passphrase") != NULL
	    ? integration_secret(in, "passphrase")
	    : "";
	return rq->password != NULL;
}

static const char *
error_text(const struct integration *in, const struct http_request *rq,
    const struct http_reply *reply)
{
	if (reply->host_key != NULL)
		return arena_printf(in->arena,
		    "the key of the server is %s: the setting host_key %s",
		    reply->host_key,
		    *rq->host_key != '\0' ? "has another one" : "is not set");
	return arena_printf(in->arena, "the server: %s",
	    reply->too_much ? "the file has more than 16 MiB" : reply->error);
}

bool
integration_csv_sftp(struct integration *in, struct arena *a, const char *name,
    struct integration_page *page)
{
	struct http_reply reply = { 0 };
	struct http_request request = {
		.who = "integration",
		.url = integration_setting(in, "url", ""),
		.protocols = "sftp",
		.reach = in->config->private_webhooks ? HTTP_ANY : HTTP_PUBLIC,
		.connect_ms = INTEGRATION_CONNECT_MS,
		.ms = INTEGRATION_READ_MS,
		.most = INTEGRATION_MOST,
		.host_key = integration_setting(in, "host_key", ""),
	};

	(void)name; /* a file has only one page */
	if (!integration_check_url(in, "the server", request.url, "sftp://") ||
	    !authorize(in, &request))
		return false;
	if (http_client_send(a, NULL, &request, &reply))
		return integration_csv(in, a, &reply.body, page);
	return integration_fail(in,
	    reply.denied || reply.too_much || reply.host_key != NULL,
	    error_text(in, &request, &reply));
}
