/*
 * tenantry support-bundle: runs the support-bundle program, which packs the
 * information that support needs.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/commands.h"
#include "cli/base/program.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"

/*
 * Adds a value. Hides free text, which may be secret or personal, but not
 * paths.
 */
static void
add(struct buf *text, const char *name, const char *value, bool shown)
{
	if (value != NULL && *value != '\0')
		buf_printf(text, "%s=%s\n", name,
		    shown || *value == '/' ? value : "(set)");
}

/*
 * Returns true for settings that are in no table: those of providers, backups
 * and libpq.
 */
static bool
is_other(const char *name)
{
	static const char *const parts[] = { "BACKUP_", "CLIENT_ID", "OIDC_",
		"PASSWORD", "RCLONE_", "SECRET", "SOURCE_DATABASE_URL" };
	const char *fallback, *known;
	bool shown;
	size_t i;

	for (i = 0; (known = config_name(i, &fallback, &shown)) != NULL; i++)
		if (strcmp(known, name) == 0)
			return false;
	for (i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strstr(name, parts[i]) != NULL)
			return true;
	return false;
}

static const char *
settings(struct arena *a)
{
	const char *name, *fallback;
	struct buf text;
	bool shown;
	size_t i;

	buf_init(&text, a);
	for (i = 0; (name = config_name(i, &fallback, &shown)) != NULL; i++)
		add(&text, name, getenv(name), shown);
	for (i = 0; environ[i] != NULL; i++) {
		name = arena_strndup(a, environ[i], strcspn(environ[i], "="));
		if (is_other(name))
			add(&text, name, getenv(name), false);
	}
	return text.data;
}

enum status
support_bundle(struct invocation *in)
{
	const char *const arguments[PROGRAM_ARGUMENTS] = {
		settings(in->arena),
	};

	if (isatty(STDOUT_FILENO))
		return command_misused(in,
		    "the bundle is a file: tenantry %s >bundle.tar.gz",
		    in->command->name);
	return program_run(in->arena, "support-bundle", arguments);
}
