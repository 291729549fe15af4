/* Runs several operations in one transaction. */

#include <stddef.h>

#include "fcgi/http/body.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/batch.h"

static const struct body_field batch_body[] = {
	{ "operations", BODY_LIST, true, false },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/batch", batch_run, SESSION_ORGANIZATION,
	    ROUTE_BODY | ROUTE_FIELDS, .body = batch_body,
	    .summary = "Several changes, all of them or none",
	    .returns = "{results:[{status:integer,etag?:string?,data:any}]}" },
	{ .action = NULL },
};

const struct module batch_module = { .name = "batch", .routes = routes };
