/*
 * Loads code that few requests need: the HTTP client, email parsing, and PDF.
 */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handlers/ondemand.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/format/html_text.h"
#include "lib/format/mime.h"
#include "lib/format/pdf.h"
#include "lib/net/http_client.h"

#define FILE_NAME "ondemand.so"

static int file = -1;

/*
 * Returns the path of a file in a folder relative to this program's folder.
 * Returns NULL without a name.
 */
static const char *
from_program(struct arena *a, const char *folder)
{
	char path[4096], *slash;
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);

	if (len <= 0)
		return NULL;
	path[len] = '\0';
	slash = strrchr(path, '/');
	return arena_printf(
	    a, "%.*s/%s" FILE_NAME, (int)(slash - path), path, folder);
}

bool
ondemand_open(void)
{
	const char *set = getenv("TENANTRY_LIBEXEC");
	struct arena *a = arena_new();
	const char *places[] = {
		from_program(a, ""), /* a build */
		set == NULL ? NULL : arena_printf(a, "%s/" FILE_NAME, set),
		from_program(a, "../libexec/tenantry/"), /* moved */
		PKGLIBEXECDIR "/" FILE_NAME,
	};
	size_t i;

	for (i = 0; i < sizeof places / sizeof places[0] && file == -1; i++)
		if (places[i] != NULL)
			file = open(places[i], O_RDONLY | O_CLOEXEC);
	if (file == -1)
		fprintf(stderr, PKGLIBEXECDIR "/" FILE_NAME ": %s\n",
		    strerror(errno));
	arena_free(a);
	return file != -1;
}

/*
 * Returns a function of the library in the open file. dlsym() returns a data
 * pointer, whose conversion to a function pointer ISO C does not define. A
 * union therefore converts it.
 */
static void (*find(const char *name))(void)
{
	static void *loaded;
	union {
		void *data;
		void (*function)(void);
	} found;
	char path[32];

	if (loaded == NULL) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", file);
		loaded = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	if (loaded == NULL || (found.data = dlsym(loaded, name)) == NULL)
		fatal("%s: %s", FILE_NAME, dlerror());
	return found.function;
}

/* Defines a function that calls the function with the same name in the file. */
#define FORWARD(type, name, parameters, arguments)                             \
	type name parameters                                                   \
	{                                                                      \
		static type(*function) parameters;                             \
                                                                               \
		if (function == NULL)                                          \
			function = (type(*) parameters)find(#name);            \
		return function arguments;                                     \
	}

FORWARD(struct http_connection *, http_connection_new, (void), ())
FORWARD(bool, http_client_send,
    (struct arena * a, struct http_connection *connection,
	const struct http_request *request, struct http_reply *reply),
    (a, connection, request, reply))
FORWARD(char *, html_text, (struct arena * a, const char *html, size_t len),
    (a, html, len))
FORWARD(struct json_object *, mime_read,
    (struct arena * a, const char *raw, size_t len, const char **why),
    (a, raw, len, why))
FORWARD(const char *, pdf_document,
    (struct arena * a, const char *title, const struct pdf_line *lines,
	size_t n, size_t *len, const char **missing),
    (a, title, lines, n, len, missing))

void
http_connection_free(struct http_connection *connection)
{
	void (*function)(struct http_connection *) =
	    (void (*)(struct http_connection *))find("http_connection_free");

	function(connection);
}
