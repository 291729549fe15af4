/*
 * tenantry completion: prints a bash completion script that is generated from
 * the table.
 */
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"

static void
print_names_of_commands(void)
{
	int i;

	for (i = 0; i < ncommands; i++)
		printf(" %s", commands[i].name);
}

/*
 * Prints the options to suggest, the options whose value is a file, and the
 * options with other values.
 */
static void
print_options(const struct subcommand *s)
{
	const enum command_option *o;
	const struct command_option_text *text;

	for (o = s->options; *o != OPTION_NONE; o++)
		printf(" --%s", command_options[*o].name);
	fputs(" --help' files='", stdout);
	for (o = s->options; *o != OPTION_NONE; o++)
		if ((text = &command_options[*o])->kind == VALUE_FILE)
			printf(" --%s", text->name);
	fputs(strcmp(s->arguments, "FILE") == 0 ? " FILE" : "", stdout);
	fputs("' values='", stdout);
	for (o = s->options; *o != OPTION_NONE; o++)
		if ((text = &command_options[*o])->value != NULL)
			printf(" --%s", text->name);
	fputs("' ;;\n", stdout);
}

/* Suggests the words that follow the command itself. */
static void
print_command(const struct command *c)
{
	static const struct subcommand none = { .arguments = "" };
	const struct subcommand *unnamed = &none;
	int i;

	printf("	%s) words='", c->name);
	for (i = 0; i < c->n; i++)
		if (c->subcommands[i].name != NULL)
			printf(" %s", c->subcommands[i].name);
		else
			unnamed = &c->subcommands[i];
	if (unnamed->run == command_help)
		print_names_of_commands();
	print_options(unnamed);
}

enum status
completion_bash(struct invocation *in)
{
	const struct command *c;
	int i, k;

	(void)in;
	fputs("# Bash completion for tenantry; printed by \"tenantry "
	      "completion bash\".\n"
	      "_tenantry()\n"
	      "{\n"
	      "	local cur=${COMP_WORDS[COMP_CWORD]} prev=- key= \\\n"
	      "	    words= files= values=\n"
	      "	[ \"$COMP_CWORD\" -lt 2 ] || {\n"
	      "		key=${COMP_WORDS[1]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "	}\n"
	      "	case $COMP_CWORD,${COMP_WORDS[2]-} in\n"
	      "	1,* | 2,* | *,-*) ;;\n"
	      "	*) key=\"$key ${COMP_WORDS[2]}\" ;;\n"
	      "	esac\n"
	      "	# --name=value is three words.\n"
	      "	case $cur,$prev in\n"
	      "	=,*) cur= ;;\n"
	      "	*,=) prev=${COMP_WORDS[COMP_CWORD-2]} ;;\n"
	      "	esac\n"
	      "	case $key in\n"
	      "	'') words='",
	    stdout);
	print_names_of_commands();
	fputs(" --help --version' ;;\n", stdout);
	for (i = 0; i < ncommands; i++) {
		c = &commands[i];
		print_command(c);
		for (k = 0; k < c->n; k++)
			if (c->subcommands[k].name != NULL) {
				printf("	'%s %s') words='", c->name,
				    c->subcommands[k].name);
				print_options(&c->subcommands[k]);
			}
	}
	fputs("	esac\n"
	      "	case \" $values \" in *\" $prev \"*) words= ;; esac\n"
	      "	case \" $files \" in\n"
	      "	*\" $prev \"* | *' FILE '*) compopt -o default ;;\n"
	      "	esac\n"
	      "	COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	      "}\n"
	      "complete -F _tenantry tenantry\n",
	    stdout);
	return STATUS_OK;
}
