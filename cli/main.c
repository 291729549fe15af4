/* tenantry: what an operator does to an installation, one word a command. */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "lib/base/arena.h"

static const struct command *const commands[] = {
	&schema_command,
	&seed_command,
	&import_command,
	&doctor_command,
	&user_command,
	&audit_command,
	&keys_command,
	&mail_command,
	&org_command,
};

#define NCOMMANDS (sizeof commands / sizeof commands[0])

const char *
command_sql(const char *said)
{
	const char *set = getenv("TENANTRY_SQL");

	if (said != NULL)
		return said;
	return set != NULL && *set != '\0' ? set : PKGDATADIR;
}

static void
print_forms(
    FILE *f, const struct command *c, const char *first, const char *margin)
{
	const char *form = c->synopsis;
	size_t len;

	do {
		len = strcspn(form, "\n");
		fprintf(f, "%s%s%s%.*s\n", form == c->synopsis ? first : margin,
		    c->name, len > 0 ? " " : "", (int)len, form);
		form += len + (form[len] == '\n');
	} while (*form != '\0');
}

enum status
command_usage(const struct command *c)
{
	print_forms(stderr, c, "usage: tenantry ", "       tenantry ");
	return STATUS_USAGE;
}

static void
usage(FILE *f)
{
	size_t i;

	fputs("usage: tenantry command ...\n\n", f);
	for (i = 0; i < NCOMMANDS; i++) {
		print_forms(f, commands[i], "  ", "  ");
		fprintf(f, "        %s\n", commands[i]->about);
	}
	fputs("\nDATABASE_URL names the database.  See tenantry(1).\n", f);
}

static const struct command *
command_find(const char *name)
{
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct command *c;
	struct arena *a;
	enum status status;

	if (argc < 2) {
		usage(stderr);
		return STATUS_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("tenantry " PACKAGE_VERSION);
		return STATUS_OK;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return STATUS_OK;
	}
	if ((c = command_find(argv[1])) == NULL) {
		warnx(
		    "there is no command \"%s\"; see tenantry --help", argv[1]);
		return STATUS_USAGE;
	}
	a = arena_new();
	status = c->run(a, argc - 1, argv + 1);
	arena_free(a);
	if (fflush(stdout) != 0) {
		warn("standard output");
		return STATUS_FAILED;
	}
	return status;
}
