/*
 * Functions that the integration sources share, and the rows in a job's
 * payload.
 */

#include <json-c/json.h>
#include <string.h>

#include "jobs/integrations/integration_source.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/crypto/secretbox.h"

#define VALUES 2000000 /* maximum number of values in a JSON text */

bool
integration_fail(struct integration *in, bool final, const char *why)
{
	in->error = why;
	in->final = final;
	return false;
}

const char *
integration_setting(
    const struct integration *in, const char *name, const char *fallback)
{
	const char *text = json_get_text(in->settings, name);

	return text != NULL && *text != '\0' ? text : fallback;
}

static const char *
open_secret(struct integration *in, const char *name, const char *controls)
{
	const char *sealed = json_get_text(in->secrets, name);
	const char *secret = sealed == NULL
	    ? NULL
	    : secretbox_open(in->arena, in->config->secrets, sealed);
	const char *c = secret;

	while (c != NULL && *c != '\0' &&
	    (((unsigned char)*c >= ' ' && *c != 127) ||
		strchr(controls, *c) != NULL))
		c++;
	if (c != NULL && *c == '\0')
		return secret;
	integration_fail(in, true,
	    arena_printf(in->arena,
		sealed == NULL       ? "the secret %s is not set"
		    : secret == NULL ? "the secret %s was encrypted by another "
				       "server; set it again"
				     : "the secret %s has a control character",
		name));
	return NULL;
}

const char *
integration_secret(struct integration *in, const char *name)
{
	return open_secret(in, name, "");
}

const char *
integration_secret_lines(struct integration *in, const char *name)
{
	return open_secret(in, name, "\r\n");
}

bool
integration_check_url(struct integration *in, const char *what, const char *url,
    const char *scheme)
{
	size_t n = strlen(scheme);

	if (strncmp(url, scheme, n) != 0)
		return integration_fail(in, true,
		    arena_printf(in->arena, "the URL of %s must begin with %s",
			what, scheme));
	if (strcspn(url + n, "@") < strcspn(url + n, "/?#"))
		return integration_fail(in, true,
		    arena_printf(in->arena,
			"the URL of %s has a user or password: use secrets",
			what));
	return true;
}

struct json_object *
integration_path(struct arena *a, struct json_object *at, const char *path)
{
	const char *end;
	bool present;

	while (at != NULL && *path != '\0') {
		end = strchr(path, '.');
		if (end == NULL)
			end = path + strlen(path);
		if (!json_object_is_type(at, json_type_object))
			return NULL;
		at = json_get(
		    at, arena_strndup(a, path, (size_t)(end - path)), &present);
		path = *end == '.' ? end + 1 : end;
	}
	return at;
}

bool
integration_rows(struct integration *in, struct arena *a,
    struct json_object *array, struct integration_page *page)
{
	size_t i;

	if (!json_object_is_type(array, json_type_array))
		return integration_fail(
		    in, true, "the source has no list of rows");
	page->nrows = json_object_array_length(array);
	page->rows = arena_array(a, page->nrows + 1, sizeof *page->rows);
	for (i = 0; i < page->nrows; i++) {
		struct json_object *row = json_object_array_get_idx(array, i);

		if (!json_object_is_type(row, json_type_object))
			return integration_fail(in, true,
			    "a row of the source is not a JSON object");
		page->rows[i] = json_text(row);
	}
	return true;
}

struct json_object *
integration_json(struct integration *in, struct arena *a, const char *what,
    const char *text, size_t len, struct integration_page *page)
{
	const char *path = integration_setting(in, "rows_path", "");
	struct json_error at = { 0 };
	struct json_object *root = json_parse_most(a, text, len, VALUES, &at);

	if (root == NULL)
		integration_fail(in, true,
		    arena_printf(in->arena, "%s is not JSON: %s at byte %zu",
			what, at.what, at.offset));
	return root != NULL &&
		integration_rows(in, a, integration_path(a, root, path), page)
	    ? root
	    : NULL;
}

bool
integration_payload(struct integration *in, struct arena *a, const char *name,
    struct integration_page *page)
{
	bool present;

	(void)name; /* there is only one page */
	return integration_rows(
	    in, a, json_get(in->payload, "rows", &present), page);
}
