/* The resource price_list_items: what products cost in a price list. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "schema/b2b/price_list.h"

static const struct column columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "price_list_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "product_id", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	{ "principal_id", VALUE_BIGINT, 0, NULL },
	{ "min_quantity", VALUE_BIGINT, COLUMN_WRITE, "0" },
	{ "price", VALUE_BIGINT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference references[] = {
	{ "price_list", "price_list_id", "price_lists" },
	{ "product", "product_id", "products" },
	{ "principal", "principal_id", "companies" },
	{ .name = NULL },
};

static const struct resource price_list_items = {
	.name = "price_list_items",
	.table = "crm.price_list_items",
	.trashed = true,
	.verbs = VERB_ALL,
	.columns = columns,
	.references = references,
};

static enum problem_code
list_prices(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_id(rq, &price_list_items, rq->id)) !=
		PROBLEM_NONE ||
	    (err = param_check(rq, "quantity", VALUE_NUMERIC)) !=
		PROBLEM_NONE ||
	    (err = param_check(rq, "on", VALUE_DATE)) != PROBLEM_NONE)
		return err;
	request_require_scope(rq, "products", "read", false);
	request_require_scope(rq, "price_lists", "read", false);
	request_require_scope(rq, "price_list_items", "read", false);
	return answer_read(rq, rs,
	    crm_product_prices(rq->arena, .product = rq->id,
		.quantity = param_text(rq, "quantity"),
		.of_currency = param_text(rq, "currency"),
		.on_day = param_text(rq, "on")));
}

static const struct query_param prices_params[] = {
	{ "quantity", PARAM_TEXT, "how much is bought; without it, 1", NULL },
	{ "currency", PARAM_TEXT, "as in ISO 4217; without it, all", NULL },
	{ "on", PARAM_TEXT, "the day; without it, today", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/products/{id}/prices", list_prices,
	    SESSION_ORGANIZATION, .params = prices_params,
	    .summary =
		"What a product costs on a day, in each price list that is "
		"valid then",
	    .returns =
		"[{price_list_id:integer,name:string,currency:string,min_"
		"quantity:integer,price:integer}]" },
	{ .action = NULL },
};

static const struct resource *const resources[] = {
	&price_list_items,
	NULL,
};

const struct module price_list_items_module = {
	.name = "price_list_items",
	.org_module = "b2b",
	.resources = resources,
	.routes = routes,
};
