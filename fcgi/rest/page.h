#ifndef PAGE_H
#define PAGE_H

#include "fcgi/http/param.h"
#include "fcgi/rest/cursor.h"
#include "fcgi/rest/deleted.h"
#include "fcgi/rest/projection.h"
#include "lib/db/db.h"

struct json_object;
struct request;
struct resource;

#define COUNTED_MAX 10000 /* maximum for a bounded total */

/* One page of a list, and the steps that read it. */
struct page {
	struct projection projection;
	const char *from; /* view or table */
	long first;       /* offset, counted from 0 */
	long last;        /* inclusive */
	struct sort sort;
	size_t sort_at; /* index of the sort column in the rows */
	size_t id_at;
	const char *after;   /* the after parameter, or NULL */
	struct cursor begin; /* the decoded form of after */
	bool peeks;          /* reads one additional row to detect the end */
	bool
	    /*
	     * The total is at most COUNTED_MAX + 1, unless the database
	     * maintains it.
	     */
	    bounded;
	struct db_step steps[3]; /* search (if any), rows, total (if any) */
	size_t nsteps;
	struct db_step *rows;  /* the step for rows_json() */
	struct db_step *total; /* one cell with the count; or NULL */
};

/*
 * Reads the parameters filter, sort, range, after, count, fields and embed, and
 * builds the steps. Refuses values that the descriptor does not allow.
 */
enum problem_code page_query(struct request *, struct page *) MUST_CHECK;

/* Builds the steps that read the rows with these ids as one page. */
enum problem_code page_ids(
    struct request *, struct json_object *ids, struct page *) MUST_CHECK;

/* Returns the view or table to read with this filter. */
const char *page_source(const struct resource *, struct json_object *filter);

/* Parameters that select rows, and projection parameters, for query_param. */
#define FILTER_PARAM                                                           \
	{                                                                      \
		"filter", PARAM_OBJECT,                                        \
		    "a JSON object of conditions: column, column@operator, "   \
		    "q, @or, @and",                                            \
		    NULL                                                       \
	}
#define VIEW_PARAM                                                             \
	{                                                                      \
		"view", PARAM_WHOLE,                                           \
		    "the ID of a view, whose filter and sort also apply", NULL \
	}
#define SORT_PARAM                                                             \
	{                                                                      \
		"sort", PARAM_ARRAY,                                           \
		    "a JSON list: [\"column\",\"ASC\"|\"DESC\"]", NULL         \
	}
#define PROJECTION_PARAMS                                                      \
	{ "fields", PARAM_ARRAY, "a JSON list of members (default: all)",      \
		NULL },                                                        \
	{                                                                      \
		"embed", PARAM_ARRAY,                                          \
		    "a JSON list of what to include in each row: names of "    \
		    "related rows, as in \"company\" and \"deals\", or with "  \
		    "options, as in {\"deals\":{\"fields\":[\"name\"],"        \
		    "\"limit\":3}}, \"changed\" (who created and changed the " \
		    "row, and when), \"external_ids\" (its IDs in other "      \
		    "systems) and \"etag\"",                                   \
		    NULL                                                       \
	}

/* The parameters of page_query() and saved_view_apply(). */
#define LIST_PARAMS                                                            \
	FILTER_PARAM, SORT_PARAM, VIEW_PARAM,                                  \
	    { "range", PARAM_RANGE,                                            \
		    "a JSON list of the first and the last position, from 0: " \
		    "[0,24]",                                                  \
		    NULL },                                                    \
	    { "after", PARAM_TEXT,                                             \
		    "a cursor from the Link header, instead of an offset",     \
		    NULL },                                                    \
	    { "count", PARAM_TEXT,                                             \
		    "the total in Content-Range: exact, none, or estimated, "  \
		    "which counts up to 10,000 rows (default: estimated)",     \
		    PARAM_WORDS("exact", "none", "estimated") },               \
	    INCLUDE_PARAM, PROJECTION_PARAMS
extern const struct query_param resource_list_params[];

#endif
