/*
 * Makes several changes in one transaction, and several reads in one request.
 */

#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/batch.h"
#include "fcgi/server/read_batch.h"

static const struct body_field batch_body[] = {
	{ "operations", BODY_LIST, BODY_REQUIRED },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/batch", batch_run, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_FIELDS | ROUTE_CHECKS, .body = batch_body,
	    .takes = "{operations:[{method:'POST'|'PUT'|'PATCH'|'DELETE',"
		     "resource:string,id?:integer|string|{$ref:integer},data?:"
		     "object,"
		     "if_match?"
		     ":string,match?:string}]}",
	    .summary =
		"Make 1 to 100 changes in one transaction, within 10 s and "
		"16 MiB of results",
	    .returns = "{results:[{status:integer,etag?:string?,data:any}]}" },
	{ METHOD_GET, "/api/batch", read_batch, SESSION_ORGANIZATION, 0,
	    .params = read_batch_params,
	    .summary = "Send several reads, each with a separate status",
	    .returns = "{results:[{status:integer,etag?:string,"
		       "content_range?:string,total_more_than?:string,link?:"
		       "string,data:any}]}" },
	{ .action = NULL },
};

const struct module batch_module = { .name = "batch", .routes = routes };
