/* Translates a filter condition to SQL. */

#include <json-c/json.h>
#include <string.h>

#include "fcgi/http/nearest.h"
#include "fcgi/http/request.h"
#include "fcgi/http/resource.h"
#include "fcgi/http/route.h"
#include "fcgi/rest/condition.h"
#include "fcgi/rest/custom_fields.h"
#include "fcgi/rest/known_names.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"
#include "lib/db/statement.h"

#define NAME_MAX_LEN 64
#define WORD_MAX     "500" /* maximum length of texts in crm.custom_values */
#define SOURCE_MAX   50    /* maximum length of an external id source */
#define SOURCE_BEGIN "abcdefghijklmnopqrstuvwxyz0123456789"

enum operator_kind {
	COMPARE, /* column OP value */
	PATTERN, /* the text contains every word of the value */
	IS,      /* null, true, false, unknown */
	IN,      /* one of the values in a list */
	SET,     /* arrays or JSON on both sides */
};

struct operator
{
	const char *name;
	enum operator_kind kind;
	const char *sql;
};

static const struct operator operators[] = {
	{ "eq", COMPARE, "=" },
	{ "neq", COMPARE, "<>" },
	{ "gt", COMPARE, ">" },
	{ "gte", COMPARE, ">=" },
	{ "lt", COMPARE, "<" },
	{ "lte", COMPARE, "<=" },
	{ "like", PATTERN, "LIKE" },
	{ "ilike", PATTERN, "ILIKE" },
	{ "is", IS, NULL },
	{ "in", IN, NULL },
	{ "cs", SET, "OPERATOR(pg_catalog.@>)" },
	{ "cd", SET, "OPERATOR(pg_catalog.<@)" },
	{ "ov", SET, "OPERATOR(pg_catalog.&&)" },
};

/* A parsed member of the filter. */
struct condition {
	const char *key; /* key as the client sent it, for messages */
	const struct column *column;
	const char *inside; /* a key in a JSON column, or NULL */
	const struct operator* op;
	bool negated;
	struct json_object *value;
};

/* Keys in JSON columns have the type text. */
static const struct column json_key = { .name = "", .type = VALUE_TEXT };

static enum problem_code
refuse_value(struct request *rq, const struct condition *c)
{
	return request_refuse(
	    rq, "filter_value", c->key, value_wanted(c->column->type));
}

/* Lists and objects are not compared as a whole. */
static enum problem_code
refuse_comparison(struct request *rq, const struct condition *c)
{
	return request_refuse(rq,
	    (c->column->flags & COLUMN_KEYS) != 0 ? "filter_names_no_key"
						  : "filter_compares_list",
	    c->key, c->column->name);
}

static bool
ignores_case(const struct condition *c)
{
	return (c->column->flags & COLUMN_NOCASE) != 0;
}

static bool
compares_lower(const struct condition *c)
{
	return ignores_case(c) && c->column->type == VALUE_TEXT;
}

static bool
names_table(const struct condition *c)
{
	return (c->column->flags & COLUMN_TABLE) != 0;
}

/*
 * Returns true if the value contains the stage that Atomic CRM misspells. For
 * other values, the planner should know the value.
 */
static bool
may_be_misspelt(const struct condition *c, const char *value)
{
	return (c->column->flags & COLUMN_STAGE) != 0 && c->inside == NULL &&
	    strstr(value, "in-nego") != NULL;
}

/*
 * Returns true for <, > and other operators whose result depends on the order
 * of the values.
 */
static bool
depends_on_order(const struct operator* op)
{
	return strchr("gl", *op->name) != NULL && op->kind == COMPARE;
}

/*
 * Writes the collation for the comparison. An ordering uses the collation of
 * lists. Equality is the same in every collation, and uses the index's
 * collation.
 */
static void
put_collation(struct statement *s, const struct condition *c)
{
	if (c->inside == NULL &&
	    ((c->column->flags & COLUMN_NAME) != 0 || depends_on_order(c->op)))
		buf_puts(&s->text, column_collation(c->column));
}

/*
 * Writes "t.stage", "lower(t.website)" if the column ignores case, or
 * "(t.metadata ->> $1)" for a key.
 */
static void
put_subject(struct statement *s, const struct condition *c)
{
	if (c->inside == NULL) {
		buf_puts(
		    &s->text, compares_lower(c) ? "pg_catalog.lower(" : "");
		column_put(&s->text, "t", c->column);
		buf_puts(&s->text, compares_lower(c) ? ")" : "");
		return;
	}
	buf_puts(&s->text, "(t.metadata OPERATOR(pg_catalog.->>) ");
	statement_value(s, c->inside, "text");
	buf_puts(&s->text, ")");
}

static const struct operator* find_operator(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

/*
 * Returns false for operators such as < and >, because ->> would compare
 * numbers as text.
 */
static bool
supports_text(const struct operator* op)
{
	return op->kind == PATTERN || op->kind == IS || op->kind == IN ||
	    strcmp(op->name, "eq") == 0 || strcmp(op->name, "neq") == 0;
}

/*
 * Returns true if an operator is possible for a key of an object, or for the
 * IDs of a source.
 */
static bool
supports(const struct condition *c, const struct operator* op)
{
	if (strncmp(c->key, EXTERNAL_IDS, strlen(EXTERNAL_IDS)) == 0)
		return op->kind == IS || op->kind == IN ||
		    strcmp(op->name, "eq") == 0;
	return supports_text(op);
}

/* Refuses an operator, and lists those that the field supports. */
static enum problem_code
refuse_operator(struct request *rq, const struct condition *c)
{
	const char *op = c->key + strcspn(c->key, "@");
	struct nearest n;
	size_t i;

	op += *op == '@' ? 1 : 0;
	nearest_begin(&n, rq->arena, c->negated ? op + strlen("not.") : op);
	for (i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (c->inside == NULL || supports(c, &operators[i]))
			nearest_add(&n, operators[i].name);
	return request_refuse(rq, "unknown_operator", c->key, nearest_list(&n));
}

/*
 * Parses "stage". For a key, parses "metadata->color" and "metadata.color". For
 * a field that the organization defined, parses "custom->end" and "custom.end".
 */
static enum problem_code
parse_name(struct request *rq, struct condition *c, size_t len)
{
	size_t own = strcspn(c->key, ".@-");
	size_t skip = strncmp(c->key + own, "->", 2) == 0 ? 2 : 1;
	const char *inside;

	if (own > NAME_MAX_LEN)
		return PROBLEM_NONE;
	c->column = resource_column(
	    rq->route->resource, arena_strndup(rq->arena, c->key, own));
	/* As a whole, it contains values that the caller cannot read. */
	if (own == len && c->column != NULL &&
	    (c->column->flags & COLUMN_CUSTOM) != 0)
		return request_refuse(rq, "filter_names_no_field", c->key);
	if (own == len || c->column == NULL)
		return PROBLEM_NONE;
	if (own + skip >= len || len - own - skip > NAME_MAX_LEN) {
		c->column = NULL;
		return PROBLEM_NONE;
	}
	inside =
	    arena_strndup(rq->arena, c->key + own + skip, len - own - skip);
	if ((c->column->flags & COLUMN_CUSTOM) != 0)
		return custom_fields_column(rq,
		    arena_printf(rq->arena, CUSTOM ".%s", inside), &c->column);
	c->inside = (c->column->flags & COLUMN_KEYS) != 0 ? inside : NULL;
	c->column = c->inside != NULL ? &json_key : NULL;
	return PROBLEM_NONE;
}

/*
 * Returns true if a condition is allowed on a log. A log may have any number of
 * rows, so only conditions that use an index are allowed.
 */
static bool
suits_log(const struct condition *c)
{
	if ((c->column->flags & COLUMN_SHOWN) != 0)
		return false;
	if ((c->column->flags & COLUMN_USER) != 0)
		return !c->negated && strcmp(c->op->name, "eq") == 0 &&
		    c->value != NULL &&
		    !json_object_is_type(c->value, json_type_array);
	if (c->op->kind == COMPARE)
		return !c->negated && strcmp(c->op->name, "neq") != 0 &&
		    (c->column->type != VALUE_TEXT || !depends_on_order(c->op));
	return c->op->kind == IS || (c->op->kind == IN && !c->negated);
}

/* Parses "stage", "stage@in" or "stage@not.in". */
static enum problem_code
parse_condition(struct request *rq, struct condition *c)
{
	size_t len = strcspn(c->key, "@");
	const char *op = c->key[len] == '@' ? c->key + len + 1 : "eq";
	enum problem_code err;

	if ((err = parse_name(rq, c, len)) != PROBLEM_NONE)
		return err;
	if (c->column == NULL)
		return request_refuse(rq, "not_filtered", c->key,
		    rq->route->resource->name, known_filters(rq, c->key));
	c->negated = strncmp(op, "not.", 4) == 0;
	c->op = find_operator(op + (c->negated ? 4 : 0));
	if (c->op == NULL || (c->inside != NULL && !supports_text(c->op)))
		return refuse_operator(rq, c);
	if (rq->route->resource->log && !suits_log(c))
		return request_refuse(rq, "filter_without_index", c->key,
		    rq->route->resource->name);
	return PROBLEM_NONE;
}

/*
 * Finds rows by key and value with an index, by crm.find_metadata(). Deleted
 * rows have no index.
 */
static enum problem_code
put_key_equals(
    struct request *rq, struct statement *s, const struct condition *c)
{
	const char *table = rq->route->resource->row_table;

	if (table == NULL) {
		buf_puts(&s->text, "(t.metadata OPERATOR(pg_catalog.->) ");
		statement_value(s, c->inside, "text");
		buf_puts(&s->text, ") = ");
		statement_value(s, json_text(c->value), "jsonb");
		return PROBLEM_NONE;
	}
	buf_puts(&s->text,
	    "t.id = ANY (ARRAY(SELECT pg_catalog.unnest(crm.find_metadata(");
	statement_value(s, table, "text");
	buf_puts(&s->text, ", ");
	statement_value(s, c->inside, "text");
	buf_puts(&s->text, ", ");
	statement_value(s, json_text(c->value), "jsonb");
	buf_puts(&s->text, "))))");
	return PROBLEM_NONE;
}

/* Returns the type of an index's values. */
static const char *
index_type(enum value_type type)
{
	switch (type) {
	case VALUE_TEXT:
		return "text";
	case VALUE_TIMESTAMP:
	case VALUE_DATE:
		return "timestamptz";
	default:
		return "double precision";
	}
}

/*
 * Writes the values for IN. Texts are truncated to the length of indexed texts.
 */
static void
put_index_list(struct statement *s, const char *list, enum value_type type)
{
	bool words = type == VALUE_TEXT;

	buf_puts(&s->text,
	    words ? "= ANY (ARRAY(SELECT pg_catalog.left(w, " WORD_MAX
		    ") FROM unnest("
		  : "= ANY (");
	statement_value(
	    s, list, arena_printf(s->text.arena, "%s[]", index_type(type)));
	buf_puts(&s->text, words ? ") w))" : ")");
}

/*
 * Finds rows with the index on a custom field. The index contains only the
 * beginnings of texts and approximate numbers, so the exact condition follows.
 */
static void
put_indexed(struct request *rq, struct statement *s, const struct condition *c,
    const char *said)
{
	enum value_type type = c->column->type;
	bool words = type == VALUE_TEXT;

	if (c->column->index == NULL ||
	    rq->route->resource->row_table == NULL || c->negated ||
	    strcmp(c->op->name, "neq") == 0)
		return;
	buf_printf(&s->text,
	    "t.id IN (SELECT x.id FROM crm.custom_values x WHERE %s%s ",
	    c->column->index, column_collation(c->column));
	if (c->op->kind == IN)
		put_index_list(s, said, type);
	else {
		/* A greater text may begin with the same characters. */
		buf_printf(&s->text, "%s%s %s", c->op->sql,
		    depends_on_order(c->op) && c->op->sql[1] == '\0' ? "=" : "",
		    words ? "pg_catalog.left(" : "(");
		statement_value(s, said, index_type(type));
		buf_puts(&s->text, words ? ", " WORD_MAX ")" : ")");
	}
	buf_puts(&s->text, ") AND ");
}

static enum problem_code
put_compare(struct request *rq, struct statement *s, const struct condition *c)
{
	const char *text = value_scalar(c->value);

	if (!value_ordered(c->column->type))
		return refuse_comparison(rq, c);
	if (text == NULL || !value_text_fits(c->column->type, text))
		return refuse_value(rq, c);
	if (c->inside != NULL && strcmp(c->op->name, "eq") == 0)
		return put_key_equals(rq, s, c);
	if ((c->column->flags & COLUMN_USER) != 0) {
		buf_puts(&s->text,
		    "t.user_id = (SELECT u.user_id "
		    "FROM crm.sales u WHERE u.id = ");
		statement_value(s, text, "bigint");
		buf_puts(&s->text, ")");
		return PROBLEM_NONE;
	}
	put_indexed(rq, s, c, text);
	put_subject(s, c);
	put_collation(s, c);
	/* A sub-select is evaluated once instead of once per row. */
	buf_printf(&s->text, " %s %s", c->op->sql,
	    compares_lower(c)              ? "pg_catalog.lower("
		: names_table(c)           ? "(SELECT ops.named_table("
		: may_be_misspelt(c, text) ? "(SELECT crm.spelled_stage("
					   : "");
	statement_value(s, text, value_sql(c->column->type));
	buf_puts(&s->text,
	    compares_lower(c)                                ? ")"
		: names_table(c) || may_be_misspelt(c, text) ? "))"
							     : "");
	return PROBLEM_NONE;
}

static int
count_words(const char *text)
{
	int n = 0;

	for (text += strspn(text, " "); *text != '\0';
	     text += strspn(text, " ")) {
		n++;
		text += strcspn(text, " ");
	}
	return n;
}

bool
condition_too_long(const char *text)
{
	return count_words(text) > WORDS_MAX;
}

int
condition_patterns(const char *key, struct json_object *value)
{
	const char *op = strchr(key, '@'), *text;

	if (op == NULL)
		return 0;
	op += strncmp(op, "@not.", 5) == 0 ? 5 : 1;
	if (strcmp(op, "like") != 0 && strcmp(op, "ilike") != 0)
		return 0;
	text = value_scalar(value);
	return text != NULL ? count_words(text) : 0;
}

/* Escapes LIKE wildcards and converts "*" to "%". */
static const char *
like_pattern(struct arena *a, const char *word, size_t len)
{
	struct buf b;
	size_t i;

	buf_init(&b, a);
	buf_puts(&b, "%");
	for (i = 0; i < len; i++) {
		if (strchr("%_\\", word[i]) != NULL)
			buf_puts(&b, "\\");
		buf_write(&b, word[i] == '*' ? "%" : word + i, 1);
	}
	buf_puts(&b, "%");
	return b.data;
}

static enum problem_code
put_pattern(struct request *rq, struct statement *s, const struct condition *c)
{
	const char *text = value_scalar(c->value), *sep = "";
	size_t len;

	if (text == NULL)
		return refuse_value(rq, c);
	if (condition_too_long(text))
		return request_refuse(rq, "too_many_words", c->key,
		    request_number(rq, WORDS_MAX));
	buf_puts(&s->text, "(");
	for (text += strspn(text, " "); *text != '\0';
	     text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		buf_puts(&s->text, sep);
		put_subject(s, c);
		buf_printf(&s->text, "::text %s ",
		    ignores_case(c) ? "ILIKE" : c->op->sql);
		statement_value(s, like_pattern(rq->arena, text, len), "text");
		sep = " AND ";
	}
	buf_puts(&s->text, *sep == '\0' ? "true)" : ")");
	return PROBLEM_NONE;
}

static enum problem_code
put_is(struct request *rq, struct statement *s, const struct condition *c)
{
	const char *text = c->value == NULL ? "null" : value_scalar(c->value);
	static const char *const words[][2] = {
		{ "null", "NULL" },
		{ "true", "TRUE" },
		{ "false", "FALSE" },
		{ "unknown", "UNKNOWN" },
	};
	size_t i;

	for (i = 0; text != NULL && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(text, words[i][0]) == 0 &&
		    (i == 0 || c->column->type == VALUE_BOOLEAN)) {
			put_subject(s, c);
			buf_printf(&s->text, " IS %s", words[i][1]);
			return PROBLEM_NONE;
		}
	return request_refuse(rq, "filter_is", c->key);
}

static enum problem_code
put_in(struct request *rq, struct statement *s, const struct condition *c)
{
	const char *list;

	if (!value_ordered(c->column->type))
		return refuse_comparison(rq, c);
	list = value_list(rq->arena, c->column->type, c->value);
	if (list == NULL)
		return refuse_value(rq, c);
	put_indexed(rq, s, c, list);
	put_subject(s, c);
	put_collation(s, c);
	buf_puts(&s->text,
	    names_table(c) ? " = ANY ((SELECT ops.named_tables("
		: may_be_misspelt(c, list)
		? " = ANY ((SELECT crm.spelled_stages("
		: " = ANY (");
	if (compares_lower(c))
		buf_puts(&s->text, "pg_catalog.lower(");
	statement_value(s, list,
	    arena_printf(rq->arena, "%s[]", value_sql(c->column->type)));
	buf_puts(&s->text,
	    compares_lower(c) ? "::text)::text[])"
		: names_table(c) || may_be_misspelt(c, list) ? "))::text[])"
							     : ")");
	return PROBLEM_NONE;
}

/*
 * Finds rows with the index on a list of IDs. The index finds the rows that
 * contain one of the IDs, so the exact condition follows.
 */
static void
put_indexed_ids(struct request *rq, struct statement *s,
    const struct condition *c, struct json_object *list)
{
	const char *ids = value_list(rq->arena, VALUE_BIGINTS, list);

	if (c->column->index == NULL ||
	    rq->route->resource->row_table == NULL || c->negated ||
	    strcmp(c->op->name, "cs") != 0 || ids == NULL ||
	    json_object_array_length(list) == 0)
		return;
	buf_printf(&s->text,
	    "t.id IN (SELECT x.id FROM crm.custom_values x WHERE %s ",
	    c->column->index);
	put_index_list(s, ids, VALUE_BIGINT);
	buf_puts(&s->text, ") AND ");
}

static enum problem_code
put_set(struct request *rq, struct statement *s, const struct condition *c)
{
	enum value_type type = c->column->type;
	struct json_object *list = NULL;
	struct json_error error;
	const char *text = NULL;

	if (type == VALUE_BIGINTS)
		text = value_list(rq->arena, type, c->value);
	else if (type == VALUE_JSONB && strcmp(c->op->name, "ov") != 0) {
		text = json_object_is_type(c->value, json_type_string)
		    ? json_object_get_string(c->value)
		    : json_text(c->value);
		list = json_parse(rq->arena, text, strlen(text), &error);
		if (list == NULL)
			text = NULL;
	}
	if (text == NULL)
		return request_refuse(rq, "filter_list", c->key);
	if (type == VALUE_JSONB)
		put_indexed_ids(rq, s, c, list);
	put_subject(s, c);
	buf_printf(&s->text, " %s %s", c->op->sql,
	    ignores_case(c) ? "crm.address_forms(" : "");
	statement_value(s, text, value_sql(type));
	buf_puts(&s->text, ignores_case(c) ? ")" : "");
	return PROBLEM_NONE;
}

bool
external_source(const char *name)
{
	size_t len = strlen(name);

	return len <= SOURCE_MAX && strspn(name, SOURCE_BEGIN) > 0 &&
	    strspn(name, SOURCE_BEGIN "._-") == len;
}

void
external_ids_condition(struct statement *s, const struct resource *r,
    const char *source, const char *keys)
{
	buf_printf(&s->text,
	    "t.id = ANY (ARRAY(SELECT x.row_id FROM crm.external_ids x "
	    "WHERE x.resource = '%s' AND x.source = ",
	    r->identified);
	statement_value(s, source, "text");
	buf_puts(&s->text, " AND x.key = ANY (");
	statement_value(s, keys, "text[]");
	buf_puts(&s->text, ")))");
}

/*
 * Returns true for a source, such as "external_ids.erp", if the rows of the
 * resource have external ids.
 */
static bool
names_external_ids(const struct resource *r, const char *key)
{
	size_t len = strlen(EXTERNAL_IDS);

	return r->identified != NULL && strncmp(key, EXTERNAL_IDS, len) == 0 &&
	    (key[len] == '.' || strncmp(key + len, "->", 2) == 0);
}

/* Selects rows with one of several IDs from a source. */
static enum problem_code
put_external_ids(
    struct request *rq, struct statement *s, const struct condition *c)
{
	struct json_object *list = c->value;
	const char *keys;

	if (c->op->kind != IN && !json_object_is_type(list, json_type_array)) {
		if (value_scalar(c->value) == NULL)
			return refuse_value(rq, c);
		list = json_object_new_array();
		json_own(rq->arena, list);
		json_append(list, c->value);
	}
	if ((keys = value_list(rq->arena, VALUE_TEXT, list)) == NULL)
		return refuse_value(rq, c);
	external_ids_condition(s, rq->route->resource, c->inside, keys);
	return PROBLEM_NONE;
}

/* Selects rows without an id from a source. */
static enum problem_code
put_no_external_id(
    struct request *rq, struct statement *s, const struct condition *c)
{
	const char *text = c->value == NULL ? "null" : value_scalar(c->value);

	if (text == NULL || strcmp(text, "null") != 0)
		return request_refuse(rq, "filter_is", c->key);
	buf_printf(&s->text,
	    "NOT EXISTS (SELECT FROM crm.external_ids x WHERE "
	    "x.resource = '%s' AND x.row_id = t.id AND x.source = ",
	    rq->route->resource->identified);
	statement_value(s, c->inside, "text");
	buf_puts(&s->text, ")");
	return PROBLEM_NONE;
}

/* Writes a condition on "external_ids.erp" with eq, in or is, as on a text. */
static enum problem_code
put_external(struct request *rq, struct statement *s, struct condition *c)
{
	size_t len = strcspn(c->key, "@"), skip = strlen(EXTERNAL_IDS);
	const char *op = c->key[len] == '@' ? c->key + len + 1 : "eq";
	enum problem_code err;

	skip += c->key[skip] == '.' ? 1 : 2;
	c->column = &json_key;
	c->inside = arena_strndup(rq->arena, c->key + skip, len - skip);
	if (!external_source(c->inside))
		return request_refuse(rq, "external_source", c->key);
	c->negated = strncmp(op, "not.", 4) == 0;
	c->op = find_operator(op + (c->negated ? 4 : 0));
	if (c->op == NULL ||
	    (c->op->kind != IS && c->op->kind != IN &&
		strcmp(c->op->name, "eq") != 0))
		return refuse_operator(rq, c);
	if (c->negated)
		buf_puts(&s->text, "NOT (");
	err = c->op->kind == IS || (c->op->kind == COMPARE && c->value == NULL)
	    ? put_no_external_id(rq, s, c)
	    : put_external_ids(rq, s, c);
	if (c->negated)
		buf_puts(&s->text, ")");
	return err;
}

enum problem_code
condition_put(struct request *rq, struct statement *s, const char *key,
    struct json_object *value)
{
	struct condition condition = { .key = key, .value = value },
			 *c = &condition;
	enum problem_code err;

	if (names_external_ids(rq->route->resource, key))
		return put_external(rq, s, c);
	if ((err = parse_condition(rq, c)) != PROBLEM_NONE)
		return err;
	if (c->op->kind == COMPARE && strcmp(c->op->name, "eq") == 0) {
		if (c->value == NULL)
			c->op = find_operator("is");
		else if (json_object_is_type(c->value, json_type_array) &&
		    value_ordered(c->column->type))
			c->op = find_operator("in");
	}
	if (c->negated)
		buf_puts(&s->text, "NOT (");
	switch (c->op->kind) {
	case COMPARE:
		err = put_compare(rq, s, c);
		break;
	case PATTERN:
		err = put_pattern(rq, s, c);
		break;
	case IS:
		err = put_is(rq, s, c);
		break;
	case IN:
		err = put_in(rq, s, c);
		break;
	case SET:
		err = put_set(rq, s, c);
		break;
	}
	if (c->negated)
		buf_puts(&s->text, ")");
	return err;
}
