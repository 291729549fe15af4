/*
 * tenantry org module: lists an organization's modules, or switches a module on
 * or off.
 */
#include <err.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/commands.h"
#include "cli/base/operator.h"
#include "cli/base/pg.h"
#include "cli/base/terminal_text.h"
#include "cli/organization/org.h"

static enum status
list_modules(struct invocation *in, const char *id)
{
	static const char sql[] =
	    "SELECT json_build_object('id', m.name, 'enabled', "
	    "m.name = ANY (o.modules)), m.name, CASE WHEN m.name = "
	    "ANY (o.modules) THEN 'on' ELSE 'off' END "
	    "FROM identity.module m, identity.organization o "
	    "WHERE o.id = $1 ORDER BY m.name";
	static const struct list_column columns[] = { { 1, -16 }, { 2, 0 },
		{ 0, 0 } };

	return operator_list(
	    in, operator_ask(in, sql, 1, &id), columns, "no modules");
}

enum status
org_module(struct invocation *in)
{
	const char *module = in->arguments[1], *state;
	const char *params[] = { org_find(in), module, NULL };

	if (params[0] == NULL)
		return STATUS_FAILED;
	if (module == NULL)
		return list_modules(in, params[0]);
	state = in->arguments[2] != NULL ? in->arguments[2] : "";
	if (strcmp(state, "on") != 0 && strcmp(state, "off") != 0) {
		warnx("the state of a module must be \"on\" or \"off\"");
		return STATUS_USAGE;
	}
	params[2] = state;
	if (operator_ask(in, "SELECT identity.set_module($1, $2, $3::boolean)",
		3, params) == NULL)
		return STATUS_FAILED;
	printf("the %s module of %s is %s\n", terminal_text(in->arena, module),
	    terminal_text(in->arena, in->arguments[0]), state);
	return STATUS_OK;
}
