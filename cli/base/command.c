/*
 * Parses the command line and prints help, both based on the table of commands.
 */
#include <err.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/command.h"
#include "lib/base/arena.h"
#include "lib/base/version.h"

#define FIRST_VALUE 256 /* above the characters that getopt_long() returns */
#define HELP_INDENT 24

/*
 * Iterates over a list of arguments. Returns the next argument and its length,
 * or NULL.
 */
static const char *
next_argument(const char **list, size_t *len)
{
	const char *argument = *list + strspn(*list, " ");

	*len = strcspn(argument, " ");
	*list = argument + *len;
	return *len > 0 ? argument : NULL;
}

static void
print_option(FILE *f, enum command_option o)
{
	const struct command_option_text *text = &command_options[o];

	fprintf(f, text->required ? " --%s" : " [--%s", text->name);
	if (text->value != NULL)
		fprintf(f, " %s", text->value);
	fputs(text->required ? "" : "]", f);
}

static void
print_form(FILE *f, const struct command *c, const struct subcommand *s)
{
	const enum command_option *o;

	fputs(c->name, f);
	if (s->name != NULL)
		fprintf(f, " %s", s->name);
	if (*s->arguments != '\0')
		fprintf(f, " %s", s->arguments);
	for (o = s->options; *o != OPTION_NONE; o++)
		print_option(f, *o);
	fputc('\n', f);
}

static void
print_usage(FILE *f, const struct command *c, const struct subcommand *s)
{
	const struct subcommand *form = s != NULL ? s : c->subcommands;
	int n = s != NULL ? 1 : c->n, i;

	for (i = 0; i < n; i++) {
		fputs(i == 0 ? "usage: tenantry " : "       tenantry ", f);
		print_form(f, c, &form[i]);
	}
}

/* Prints a line with two columns. */
static void
print_line(const char *name, const char *value, const char *help)
{
	int len = printf("  %s%s%s", name, value != NULL ? "=" : "",
	    value != NULL ? value : "");

	printf(
	    "%*s  %s\n", len < HELP_INDENT ? HELP_INDENT - len : 0, "", help);
}

static void
print_option_help(enum command_option o)
{
	const struct command_option_text *text = &command_options[o];
	char name[32];

	snprintf(name, sizeof name, "--%s", text->name);
	print_line(name, text->value, text->help);
}

static void
print_options_help(const struct subcommand *s)
{
	const enum command_option *o;

	puts("\nOptions:");
	for (o = s->options; *o != OPTION_NONE; o++)
		print_option_help(*o);
	print_option_help(OPTION_HELP);
}

static void
print_subcommand_help(const struct command *c, const struct subcommand *s)
{
	print_usage(stdout, c, s);
	printf("\n%s\n", s->help);
	print_options_help(s);
}

static void
print_command_help(const struct command *c)
{
	const struct subcommand *s;

	print_usage(stdout, c, NULL);
	printf("\n%s\n\nSubcommands:\n", c->help);
	for (s = c->subcommands; s < c->subcommands + c->n; s++)
		if (s->name != NULL)
			print_line(s->name, NULL, s->help);
	if (c->subcommands->name == NULL)
		print_options_help(c->subcommands);
	printf("\nRun \"tenantry %s SUBCOMMAND --help\" for the options of a "
	       "subcommand.\n",
	    c->name);
}

static void
print_all_help(FILE *f)
{
	int i, k;

	fputs("usage: tenantry command [subcommand] [argument ...] "
	      "[option ...]\n\n",
	    f);
	for (i = 0; i < ncommands; i++) {
		for (k = 0; k < commands[i].n; k++) {
			fputs("  ", f);
			print_form(
			    f, &commands[i], &commands[i].subcommands[k]);
		}
		fprintf(f, "        %s\n", commands[i].help);
	}
	fputs("\n"
	      "\"tenantry COMMAND SUBCOMMAND --help\" describes the options.\n"
	      "\"tenantry --version\" prints the version.\n"
	      "The environment variable DATABASE_URL names the database.  See "
	      "tenantry(1).\n",
	    f);
}

static const struct command *
command_find(const char *name)
{
	int i;

	for (i = 0; i < ncommands; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* Finds the subcommand with this name, or the subcommand without a name. */
static const struct subcommand *
subcommand_find(const struct command *c, const char *name)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (name == NULL ? c->subcommands[i].name == NULL
				 : c->subcommands[i].name != NULL &&
			    strcmp(c->subcommands[i].name, name) == 0)
			return &c->subcommands[i];
	return NULL;
}

static enum status
misused(const struct command *c, const struct subcommand *s)
{
	print_usage(stderr, c, s);
	fprintf(stderr,
	    "Try \"tenantry %s%s%s --help\" for more information.\n", c->name,
	    s != NULL && s->name != NULL ? " " : "",
	    s != NULL && s->name != NULL ? s->name : "");
	return STATUS_USAGE;
}

enum status
command_misused(const struct invocation *in, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vwarnx(fmt, ap);
	va_end(ap);
	return misused(in->command, in->subcommand);
}

static enum status
no_command(const char *name)
{
	warnx("there is no command \"%s\"", name);
	fputs("Try \"tenantry --help\" for more information.\n", stderr);
	return STATUS_USAGE;
}

static enum status
no_subcommand(const struct command *c, const char *name)
{
	if (name == NULL)
		warnx("missing subcommand of \"%s\"", c->name);
	else
		warnx("there is no subcommand \"%s\" of \"%s\"", name, c->name);
	return misused(c, NULL);
}

enum status
command_help(struct invocation *in)
{
	const char *name = in->arguments[0];
	const struct command *c = name != NULL ? command_find(name) : NULL;
	const struct subcommand *s;

	if (name == NULL)
		print_all_help(stdout);
	else if (c == NULL)
		return no_command(name);
	else if (in->arguments[1] == NULL && c->n == 1)
		print_subcommand_help(c, c->subcommands);
	else if (in->arguments[1] == NULL)
		print_command_help(c);
	else if ((s = subcommand_find(c, in->arguments[1])) == NULL)
		return no_subcommand(c, in->arguments[1]);
	else
		print_subcommand_help(c, s);
	return STATUS_OK;
}

/* Checks the number of arguments for the subcommand. */
static bool
check_arguments(const struct invocation *in, enum status *status)
{
	const char *list = in->subcommand->arguments, *name;
	size_t len;
	int most = 0;

	while ((name = next_argument(&list, &len)) != NULL) {
		if (*name != '[' && in->narguments <= most) {
			*status = command_misused(in,
			    "missing required argument %.*s", (int)len, name);
			return false;
		}
		most = len > 3 && strncmp(name + len - 3, "...", 3) == 0
		    ? INT_MAX
		    : most + 1;
	}
	if (in->narguments <= most)
		return true;
	*status = command_misused(in,
	    "too many command-line arguments (first is \"%s\")",
	    in->arguments[most]);
	return false;
}

static bool
is_number(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len < 9 && strspn(text, "0123456789") == len;
}

/*
 * Checks required options and numbers. Each command checks its own flags, such
 * as a confirmation.
 */
static bool
check_options(const struct invocation *in, enum status *status)
{
	const enum command_option *o;
	const struct command_option_text *text;
	const char *value;

	for (o = in->subcommand->options; *o != OPTION_NONE; o++) {
		text = &command_options[*o];
		value = command_value(in, *o);
		if (value == NULL && text->value != NULL && text->required) {
			*status = command_misused(
			    in, "missing required option --%s", text->name);
			return false;
		}
		if (value != NULL && text->kind == VALUE_NUMBER &&
		    !is_number(value)) {
			*status = command_misused(in,
			    "invalid value \"%s\" for option --%s", value,
			    text->name);
			return false;
		}
	}
	return true;
}

/* Returns an option in getopt_long() format. */
static struct option
long_option(enum command_option o)
{
	return (struct option){ .name = command_options[o].name,
		.has_arg = command_options[o].value != NULL ? required_argument
							    : no_argument,
		.val = FIRST_VALUE + (int)o };
}

/*
 * Reads the words after the subcommand. The leading "-" makes getopt_long()
 * return arguments in order, regardless of POSIXLY_CORRECT. getopt_long()
 * reports errors with argv[0] as the program name.
 */
static bool
read_words(struct invocation *in, int argc, char **argv, enum status *status)
{
	const enum command_option *o = in->subcommand->options;
	struct option list[COMMAND_OPTIONS + 1] = { long_option(OPTION_HELP) };
	int code, i;

	for (i = 1; *o != OPTION_NONE; i++, o++)
		list[i] = long_option(*o);
	in->arguments =
	    arena_array(in->arena, (size_t)argc + 1, sizeof *in->arguments);
	in->options = arena_array(in->arena, (size_t)argc, sizeof *in->options);
	while ((code = getopt_long(argc, argv, "-", list, NULL)) != -1) {
		if (code == 1)
			in->arguments[in->narguments++] = optarg;
		else if (code == FIRST_VALUE + OPTION_HELP) {
			print_subcommand_help(in->command, in->subcommand);
			*status = STATUS_OK;
			return false;
		} else if (code < FIRST_VALUE) {
			*status = misused(in->command, in->subcommand);
			return false;
		} else
			in->options[in->noptions++] = (struct given_option){
				.option =
				    (enum command_option)(code - FIRST_VALUE),
				.value = optarg != NULL ? optarg : ""
			};
	}
	while (optind < argc)
		in->arguments[in->narguments++] = argv[optind++];
	return check_arguments(in, status) && check_options(in, status);
}

/*
 * Finds the command and its subcommand. Returns the number of words that they
 * consist of, or 0.
 */
static int
find_words(struct invocation *in, int argc, char **argv, enum status *status)
{
	const struct command *c = command_find(argv[1]);
	const char *name = argc > 2 && argv[2][0] != '-' ? argv[2] : NULL;

	if (c == NULL) {
		*status = no_command(argv[1]);
		return 0;
	}
	if (c->n == 1 && c->subcommands->name == NULL)
		name = NULL;
	else if (argc > 2 && strcmp(argv[2], "--help") == 0) {
		print_command_help(c);
		return 0;
	}
	in->command = c;
	if ((in->subcommand = subcommand_find(c, name)) != NULL)
		return name != NULL ? 2 : 1;
	*status = no_subcommand(c, name);
	return 0;
}

bool
command_parse(struct invocation *in, int argc, char **argv, enum status *status)
{
	static char program[] = "tenantry";
	int nwords;

	*status = argc < 2 ? STATUS_USAGE : STATUS_OK;
	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		print_all_help(argc < 2 ? stderr : stdout);
		return false;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("tenantry " TENANTRY_VERSION);
		return false;
	}
	if ((nwords = find_words(in, argc, argv, status)) == 0)
		return false;
	argv[nwords] = program;
	return read_words(in, argc - nwords, argv + nwords, status);
}

const char *
command_value(const struct invocation *in, enum command_option o)
{
	int i;

	for (i = in->noptions - 1; i >= 0; i--)
		if (in->options[i].option == o)
			return in->options[i].value;
	return NULL;
}

bool
command_flag(const struct invocation *in, enum command_option o)
{
	return command_value(in, o) != NULL;
}

const char *
command_sql(const struct invocation *in)
{
	const char *said = command_value(in, OPTION_DIR);
	const char *set = getenv("TENANTRY_SQL");

	if (said != NULL)
		return said;
	return set != NULL && *set != '\0' ? set : PKGDATADIR;
}
