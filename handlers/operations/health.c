/* Health checks and metrics. */

#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "fcgi/http/standby.h"
#include "fcgi/server/metrics.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"

static action_fn get_live, get_health, get_ready, get_metrics;

static const struct query_param metrics_params[] = {
	{ "part", PARAM_TEXT,
	    "host: the metrics of this host; database: the metrics "
	    "that all hosts share (default: both)",
	    PARAM_WORDS("host", "database") },
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_GET, "/live", get_live, SESSION_NONE, ROUTE_PROBE,
	    .summary = "Check that a worker responds", .returns = "Health" },
	{ METHOD_GET, "/health", get_health, SESSION_NONE, ROUTE_PROBE,
	    .summary = "Check that a worker and the database respond",
	    .returns = "Health" },
	{ METHOD_GET, "/ready", get_ready, SESSION_NONE, ROUTE_PROBE,
	    .summary = "Check that the host is ready for requests",
	    .returns = "Health" },
	{ METHOD_GET, "/metrics", get_metrics, SESSION_NONE,
	    ROUTE_PLAIN | ROUTE_PROBE, .params = metrics_params,
	    .summary = "Get the Prometheus metrics" },
	{ .action = NULL },
};

const struct module health_module = { .name = "health", .routes = routes };

/* Responds as long as the process is alive. The database is not checked. */
static enum problem_code
get_live(struct request *rq, struct response *rs)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{\"status\":\"ok\"");
	if (*rq->config->generation != '\0') {
		buf_puts(&b, ",\"generation\":");
		buf_json(&b, rq->config->generation);
	}
	buf_puts(&b, "}");
	response_json(rs, 200, b.data, b.len);
	return PROBLEM_NONE;
}

/* Reports whether the database responds, and the schema version. */
static enum problem_code
get_health(struct request *rq, struct response *rs)
{
	struct db_step step = {
		.sql = SQL("SELECT pg_catalog.json_build_object('status', "
			   "'ok', 'schema', identity.ready())::text"),
	};
	enum problem_code err;

	if ((err = session_read(rq, &step, 1)) != PROBLEM_NONE)
		return err;
	return response_row(rq, rs, 200, &step);
}

/*
 * Reports the same as get_health() until this host is about to stop. The
 * primary must respond. If only the standby responds, the host still serves
 * reads.
 */
static enum problem_code
get_ready(struct request *rq, struct response *rs)
{
	static const char reads[] = "{\"status\":\"read-only\"}";
	struct db_step step = {
		.sql = SQL("SELECT pg_catalog.pg_is_in_recovery()"),
	};
	enum problem_code err;

	if (metrics_draining(rq->metrics))
		return request_refuse(rq, "draining");
	err = standby_alone(rq->standby) ? PROBLEM_UNAVAILABLE
					 : session_read(rq, &step, 1);
	if (err == PROBLEM_UNAVAILABLE && standby_alone(rq->standby)) {
		rq->problem = (struct problem){ 0 };
		response_json(rs, 200, reads, sizeof reads - 1);
		return PROBLEM_NONE;
	}
	if (err != PROBLEM_NONE)
		return err;
	if (db_bool(&step, 0, 0))
		return request_refuse(rq, "database_read_only");
	return get_health(rq, rs);
}

/*
 * Responds with this program's counters and the metrics in the database. If the
 * database is unavailable, the response has only the counters and
 * tenantry_database_up 0.
 */
static enum problem_code
get_metrics(struct request *rq, struct response *rs)
{
	struct db_step step = { .sql = SQL("SELECT ops.metrics_text()") };
	const char *part = param_text(rq, "part"), *text = "";
	bool up;

	if (rq->metrics == NULL)
		return request_refuse(rq, "cgi_without_metrics");
	if (!param_allowed(rq, "part"))
		return param_refuse(rq, PROBLEM_MALFORMED, "part");
	if (part == NULL || strcmp(part, "host") == 0)
		text = metrics_text(rq->arena, rq->metrics, rq->router);
	if (part == NULL || strcmp(part, "database") == 0) {
		up = session_read(rq, &step, 1) == PROBLEM_NONE;
		text = arena_printf(rq->arena,
		    "%s# HELP tenantry_database_up 1 if the database "
		    "answers.\n"
		    "# TYPE tenantry_database_up gauge\n"
		    "tenantry_database_up %d\n%s",
		    text, up, up ? db_text(&step, 0, 0) : "");
	}
	response_json(rs, 200, text, strlen(text));
	rs->type = "text/plain; version=0.0.4";
	return PROBLEM_NONE;
}
