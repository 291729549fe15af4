#ifndef DEALS_H
#define DEALS_H

#include "fcgi/http/resource.h"
#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/* The columns of a deal, which opportunities have as well. */
#define DEAL_COLUMNS                                                           \
	{ "id", VALUE_BIGINT, 0, NULL },                                       \
	    { "name", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },      \
	    { "company_id", VALUE_BIGINT, COLUMN_WRITE, NULL },                \
	    { "contact_ids", VALUE_BIGINTS, COLUMN_WRITE, "'{}'" },            \
	    { "category", VALUE_TEXT, COLUMN_WRITE, NULL },                    \
	    { "stage", VALUE_TEXT, COLUMN_WRITE | COLUMN_REQUIRED, NULL },     \
	    { "description", VALUE_TEXT, COLUMN_WRITE, NULL },                 \
	    { "amount", VALUE_BIGINT, COLUMN_WRITE, "0" },                     \
	    { "created_at", VALUE_TIMESTAMP,                                   \
		    COLUMN_WRITE | COLUMN_ONCE | COLUMN_NOT_NULL, "now()" },   \
	    { "updated_at", VALUE_TIMESTAMP, COLUMN_NOT_NULL, NULL },          \
	    { "archived_at", VALUE_TIMESTAMP, COLUMN_WRITE, NULL },            \
	    { "expected_closing_date", VALUE_DATE, COLUMN_WRITE, NULL },       \
	    { "sales_id", VALUE_BIGINT, COLUMN_WRITE, NULL },                  \
	    { "index", VALUE_SMALLINT, COLUMN_WRITE | COLUMN_PLACE, NULL },    \
	{                                                                      \
		"metadata", VALUE_JSONB, COLUMN_WRITE | COLUMN_KEYS, "'{}'"    \
	}

/*
 * Moves a row on the board and responds with all that moved.  The step has the
 * SQL, and five or six parameters, which this sets: the id, the stage, the
 * place, the neighbours before and after which the row is put, the pipeline.
 */
enum problem_code deal_move(struct request *, struct response *,
    const struct resource *, struct db_step) MUST_CHECK;

/* Puts an archived row back on the board.  The step does so by its id. */
enum problem_code deal_unarchive(struct request *, struct response *,
    const struct resource *, struct db_step) MUST_CHECK;

/* Responds with the stages of a row, the oldest first. */
enum problem_code deal_stages(
    struct request *, struct response *, const struct resource *) MUST_CHECK;

#endif
