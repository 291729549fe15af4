#ifndef MCP_H
#define MCP_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/problem.h"

struct buf;
struct json_object;
struct request;

/*
 * The tools of the Model Context Protocol and the page that shows tasks. mcp.c,
 * mcp_tools.c and mcp_widget.c share these declarations.
 */

/* A tool: its description and its function. */
struct mcp_tool {
	const char *name;
	const char *title;
	const char *about;
	const char *schema; /* JSON Schema of its arguments */
	const char *meta;   /* "_meta" as JSON, or NULL */
	bool writes;
	bool destroys;
	bool sql; /* runs SQL, which a setting can disable */
	/* Appends the result, which is an object, or records a problem. */
	enum problem_code (*call)(
	    struct request *, struct json_object *arguments, struct buf *);
};

extern const struct mcp_tool mcp_tools[]; /* the last one has no name */

/*
 * Returns NULL if the caller may run SQL, or otherwise the reason for the
 * refusal.
 */
const char *mcp_refuses_sql(const struct request *);

/* Sets *may to whether the caller can use tools that write. */
enum problem_code mcp_may_write(struct request *, bool *) MUST_CHECK;

/* The URI and the text of the page that shows tasks. */
#define MCP_WIDGET      "ui://atomic-crm/task-list"
#define MCP_WIDGET_TYPE "text/html;profile=mcp-app"
extern const char mcp_widget[];

#endif
