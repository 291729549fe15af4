#ifndef RESOURCE_H
#define RESOURCE_H

#include <stddef.h>

#include <stdbool.h>

#include "lib/base/problem.h"
#include "lib/db/value.h"

struct arena;
struct buf;
struct db_step;
struct json_object;
struct request;
struct route;
struct shape;
struct csv_export;
struct export_format;

enum column_flag {
	COLUMN_WRITE = 1 << 0,
	COLUMN_REQUIRED = 1 << 1, /* required to create a row */
	COLUMN_PLACE = 1 << 2,   /* position among rows; not part of the ETag */
	COLUMN_STEPS = 1 << 3,   /* written by before_update only */
	COLUMN_KEYS = 1 << 4,    /* JSON object; filters may name its keys */
	COLUMN_PICTURE = 1 << 8, /* a picture: {"src","title","path","type"} */
	COLUMN_PICTURES = 1 << 9,     /* JSON that may contain data: URLs */
	COLUMN_ATTACHMENTS = 1 << 10, /* a list of files */
	/* Filters ignore case, as for email addresses. */
	COLUMN_NOCASE = 1 << 11,
	COLUMN_ONCE = 1 << 12,  /* only a new row can set it */
	COLUMN_FIXED = 1 << 13, /* the caller cannot change it */
	COLUMN_TABLE =
	    1 << 14, /* names a table; filters also accept resources */
	/* Never null, so an index serves both orders. */
	COLUMN_NOT_NULL = 1 << 15,
	COLUMN_NAME = 1 << 16, /* an index uses column_collation() */
	COLUMN_USER = 1 << 18, /* names sales: filters compare the user_id */
	/* Cannot be filtered, because a log has no index for it. */
	COLUMN_SHOWN = 1 << 17,
	COLUMN_CUSTOM = 1 << 19, /* the values of custom fields, by key */
	COLUMN_ASIDE = 1 << 20,  /* returned only if the client names it */
	/* Cannot be computed for all rows, to filter or sort them. */
	COLUMN_COSTLY = 1 << 21,
	COLUMN_STAGE = 1 << 22,  /* a stage, whose misspelling filters accept */
	COLUMN_CHOICE = 1 << 23, /* a number of the configuration */
};

struct column {
	const char *name;
	enum value_type type;
	unsigned flags;        /* 0: read-only, and ignored in a body */
	const char *when_null; /* SQL expression that replaces null, or NULL */
	const char *const
	    *choices; /* the only valid values, NULL-terminated; or NULL */
	long limit;   /* maximum number of characters in a text; 0: no limit */
	struct shape *shape;    /* shape of a list or object; NULL: any value */
	const char *shape_name; /* name of the shape in OpenAPI, or NULL */
	const char *sql;        /* expression on row t; NULL: the column name */
	/*
	 * Condition on row x of crm.custom_values, up to the operator; NULL:
	 * none.
	 */
	const char *index;
	/* Custom field: the resource of the referenced row; NULL: none. */
	const char *refers;
	/* The setting that can make the values unique; NULL: none. */
	const char *unique_if;
};

/* A foreign key. embed=["company"] returns the referenced row. */
struct reference {
	const char *name;     /* "company" */
	const char *column;   /* "company_id" */
	const char *resource; /* "companies" */
};

/* A field whose values are unique within an organization, based on an index. */
struct unique_field {
	const char *name;
	const char *column; /* column of the index */
	const char
	    *sql; /* the corresponding field of the resource; NULL: the same */
};

enum resource_verb {
	VERB_LIST = 1 << 0,
	VERB_GET = 1 << 1,
	VERB_CREATE = 1 << 2,
	VERB_UPDATE = 1 << 3,
	VERB_DELETE = 1 << 4,
	VERB_HISTORY = 1 << 5, /* a row's audit entries */
	VERB_BULK = 1 << 6,    /* changes all rows that match a filter */
	VERB_UPSERT = 1 << 7,  /* both creates and updates */
};
#define VERB_READ (VERB_LIST | VERB_GET)
#define VERB_ALL                                                               \
	(VERB_READ | VERB_CREATE | VERB_UPDATE | VERB_DELETE | VERB_HISTORY |  \
	    VERB_BULK)

/*
 * Adds steps that run before an update in the same transaction, at most
 * RESOURCE_STEPS. The steps set app.row_id to the row's id if the caller may
 * change the row. Otherwise, the update finds no row.
 */
#define RESOURCE_STEPS 2
typedef enum problem_code resource_steps_fn(struct request *, const char *id,
    struct json_object *body, struct db_step *steps, size_t *nsteps);

/*
 * Checks a body before a row is written. id is NULL for a new row and for an
 * update of several rows.
 */
typedef enum problem_code resource_check_fn(
    struct request *, const char *id, struct json_object *body);

/*
 * A resource, as the database catalogue describes it: see resource_catalogue.h.
 * query.c writes the names in it into SQL without quoting.
 */
struct resource {
	const char *name; /* name in the path */
	/* The module that an organization needs for the resource, or NULL. */
	const char *org_module;
	const char *also; /* second path, "crm/contacts"; or NULL */
	/*
	 * The successor, or NULL. It replaces the resource in organizations
	 * that have the successor's module. Responses in these organizations
	 * name the successor.
	 */
	const char *successor;
	/* The deprecation date, "2026-11-01", in UTC. */
	const char *deprecated;
	const char *sunset; /* the date from which the path may be retired */
	const char *table;  /* table to write, "crm.contacts"; NULL: none */
	const char *view;   /* view to read; NULL: the table */
	const char *search; /* SQL function for the parameter q; NULL: no q */
	/* Tables whose total is maintained; NULL: count rows. */
	const char *total;
	const char *const *narrow; /* if a filter uses only these columns, */
	const char *narrow_view;   /* read this faster view of the same rows */
	/* Rows belong to a user instead of an organization. */
	bool personal;
	bool in_order; /* only append to ORDER BY; do not re-sort */
	/*
	 * The view's column tenant begins ORDER BY, and times are never null,
	 * so that an index for all organizations has this order.
	 */
	bool log;
	bool archives;  /* lists omit rows with a value in archived_at */
	bool trashed;   /* the trash keeps deleted rows */
	bool assistant; /* the assistant searches its rows */
	/* Imports can create rows, so roles have an "import" action. */
	bool imported;
	const char *deleted; /* includes deleted rows: see deleted_include() */
	const char *key;     /* type of id; NULL: bigint */
	/* The name of this table in crm.external_ids. NULL: no external ids. */
	const char *identified;
	const struct unique_field *unique; /* the last field has no name */
	bool identified_fixed; /* the caller cannot write these IDs */
	/*
	 * Like identified, but also set if the caller cannot read these IDs.
	 * NULL if the rows are in several tables, because the indexes of this
	 * table omit some of the rows.
	 */
	const char *row_table;
	/* The resource whose custom fields and table it shares, or NULL. */
	const char *custom;
	bool customized; /* columns contains these custom fields */
	/*
	 * For an object that an organization defines: the value of the column
	 * object in its rows. Otherwise NULL.
	 */
	const char *object;
	/*
	 * A caller sees a row if the caller sees the row in this crm table
	 * whose ID is in owner_column. NULL: no such table.
	 */
	const char *owner_table;
	const char *owner_column;
	unsigned verbs;
	unsigned admin_verbs;         /* verbs for owners and admins only */
	const struct column *columns; /* the last column has no name */
	/* The last reference has no name. May be NULL. */
	const struct reference *references;
	const char *hold; /* SQL function of ids that first locks other rows */
	resource_steps_fn *before_update;   /* or NULL */
	resource_check_fn *check;           /* or NULL */
	const struct csv_export *csv;       /* NULL: the plain columns */
	const struct export_format *format; /* an additional format, or NULL */
};

/* A resource's functions, which its handler in handlers/ exports. */
struct resource_hooks {
	const char *resource; /* name of the resource; NULL ends a list */
	resource_steps_fn *before_update;   /* or NULL */
	resource_check_fn *check;           /* or NULL */
	const struct export_format *format; /* an additional format, or NULL */
};

/*
 * Finds a resource by its name in a NULL-terminated list. Returns NULL if there
 * is none.
 */
const struct resource *resource_find(
    const struct resource *const *all, const char *name);

/* Finds a resource among those that the request can use. */
const struct resource *resource_named(const struct request *, const char *name);

/*
 * The name prefix of objects that organizations define, and the resource with
 * the rows of all these objects.
 */
#define OBJECT_PREFIX "custom_"
#define OBJECT_ROWS   "records"

/*
 * Returns true for a name with this prefix. Only the database knows whether the
 * object exists.
 */
bool resource_is_object(const char *name);

/*
 * Returns the resource of an object. Its rows are part of the rows of all
 * objects. Returns NULL if the name is not the name of an object.
 */
const struct resource *resource_of_object(
    struct arena *, const struct resource *all, const char *name);

/* Returns the view or table to read. */
const char *resource_source(const struct resource *);

/* Returns the column with this name, or NULL. */
const struct column *resource_column(const struct resource *, const char *name);

/*
 * Writes a column of row t, as in "t.name", or of a subquery of such rows with
 * a different alias.
 */
void column_put(struct buf *, const char *row, const struct column *);

/* The member with a row's ids in other systems: {"erp":["4711"]}. */
#define EXTERNAL_IDS "external_ids"

/*
 * Returns the collation by which lists sort a column, " COLLATE ops.human" or
 * "".
 */
const char *column_collation(const struct column *);

/*
 * Returns the crm table whose rows each have a user who determines who can see
 * the row, or NULL.
 */
const char *resource_owned(const struct resource *);

/*
 * Returns the crm table whose users determine which rows a list may contain, or
 * NULL. Sets *column to the column with the IDs of that table's rows.
 */
const char *resource_limited_by(const struct resource *, const char **column);

/* Refuses a text that cannot be an ID of this resource. */
enum problem_code resource_check_id(
    struct request *, const struct resource *, const char *id) MUST_CHECK;

/* Refuses an ID in the path that is not a whole number. */
enum problem_code resource_check_number(struct request *) MUST_CHECK;

#endif
