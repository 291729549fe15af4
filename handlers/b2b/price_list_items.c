/* The price_list_items resource: the product prices in a price list. */
#include <stddef.h>

#include "fcgi/http/answer.h"
#include "fcgi/http/param.h"
#include "fcgi/http/request.h"
#include "fcgi/http/route.h"
#include "schema/b2b/price_list.h"

static action_fn list_prices;

static const struct query_param prices_params[] = {
	{ "quantity", PARAM_TEXT, "the quantity (default: 1)", NULL },
	{ "currency", PARAM_TEXT, "an ISO 4217 code (default: all currencies)",
	    NULL },
	{ "on", PARAM_TEXT, "the day (default: today)", NULL },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/api/products/{id}/prices", list_prices,
	    SESSION_ORGANIZATION, .params = prices_params,
	    .summary =
		"Get the prices of a product on a day, in each valid price "
		"list",
	    .returns =
		"[{price_list_id:integer,name:string,currency:string,min_"
		"quantity:integer,price:integer}]" },
	{ .action = NULL },
};

const struct module price_list_items_module = {
	.name = "price_list_items",
	.org_module = "b2b",
	.routes = routes,
};

static enum problem_code
list_prices(struct request *rq, struct response *rs)
{
	enum problem_code err;

	if ((err = resource_check_number(rq)) != PROBLEM_NONE ||
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
