#include <json-c/json.h>
#include <string.h>

#include "arena.h"
#include "filter.h"
#include "json.h"
#include "request.h"
#include "resource.h"
#include "router.h"
#include "statement.h"

#define NAME_MAX_LEN   64
#define NESTED_MAX     4
#define CONDITIONS_MAX 50
#define WORDS_MAX      10 /* of a search or a pattern */

enum operator_kind {
	COMPARE, /* column OP value */
	PATTERN, /* the value's words, each somewhere in the text */
	IS,      /* null, true, false, unknown */
	IN,      /* one of a list */
	SET,     /* both sides are arrays or JSON */
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

/* A filter while it is written. */
struct filter {
	struct request *rq;
	struct statement *s;
	struct db_step *search;
	int conditions; /* so far */
};

/* One member of the filter, taken apart. */
struct condition {
	const char *key; /* as sent, for messages */
	const struct column *column;
	const struct operator* op;
	bool negated;
	struct json_object *value;
};

static enum problem_code
refuse_value(struct request *rq, const struct condition *c)
{
	return request_fail_field(rq, PROBLEM_MALFORMED, c->key,
	    "the filter wants %s", value_wanted(c->column->type));
}

static const struct operator* find_operator(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof operators / sizeof operators[0]; i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

/* "stage", "stage@in", "stage@not.in" */
static enum problem_code
take_apart(struct request *rq, struct condition *c)
{
	size_t len = strcspn(c->key, "@");
	const char *op = c->key[len] == '@' ? c->key + len + 1 : "eq";

	if (len <= NAME_MAX_LEN)
		c->column = resource_column(
		    rq->route->resource, arena_strndup(rq->arena, c->key, len));
	if (c->column == NULL)
		return request_fail_field(rq, PROBLEM_MALFORMED, c->key,
		    "%s cannot be filtered by it", rq->route->resource->name);
	c->negated = strncmp(op, "not.", 4) == 0;
	c->op = find_operator(op + (c->negated ? 4 : 0));
	if (c->op == NULL)
		return request_fail_field(
		    rq, PROBLEM_MALFORMED, c->key, "there is no such operator");
	return PROBLEM_NONE;
}

static enum problem_code
put_compare(struct request *rq, struct statement *s, const struct condition *c)
{
	const char *text = value_scalar(c->value);

	if (!value_ordered(c->column->type) || text == NULL ||
	    !value_text_fits(c->column->type, text))
		return refuse_value(rq, c);
	buf_printf(&s->text, "t.%s %s ", c->column->name, c->op->sql);
	statement_value(s, text, value_sql(c->column->type));
	return PROBLEM_NONE;
}

/* Each word is looked for in every row that is left. */
static bool
too_many_words(const char *text)
{
	int n = 0;

	for (text += strspn(text, " "); *text != '\0';
	     text += strspn(text, " ")) {
		n++;
		text += strcspn(text, " ");
	}
	return n > WORDS_MAX;
}

/* Wildcards of SQL are taken literally, "*" is the wire's own. */
static const char *
pattern(struct arena *a, const char *word, size_t len)
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
	if (too_many_words(text))
		return request_fail_field(rq, PROBLEM_MALFORMED, c->key,
		    "at most %d words", WORDS_MAX);
	buf_puts(&s->text, "(");
	for (text += strspn(text, " "); *text != '\0';
	     text += len + strspn(text + len, " ")) {
		len = strcspn(text, " ");
		buf_printf(&s->text, "%st.%s::text %s ", sep, c->column->name,
		    c->op->sql);
		statement_value(s, pattern(rq->arena, text, len), "text");
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
			buf_printf(&s->text, "t.%s IS %s", c->column->name,
			    words[i][1]);
			return PROBLEM_NONE;
		}
	return request_fail_field(rq, PROBLEM_MALFORMED, c->key,
	    "null, and true, false or unknown of a boolean");
}

static enum problem_code
put_in(struct request *rq, struct statement *s, const struct condition *c)
{
	const char *list;

	if (!value_ordered(c->column->type))
		return refuse_value(rq, c);
	list = value_list(rq->arena, c->column->type, c->value);
	if (list == NULL)
		return refuse_value(rq, c);
	buf_printf(&s->text, "t.%s = ANY (", c->column->name);
	statement_value(s, list,
	    arena_printf(rq->arena, "%s[]", value_sql(c->column->type)));
	buf_puts(&s->text, ")");
	return PROBLEM_NONE;
}

static enum problem_code
put_set(struct request *rq, struct statement *s, const struct condition *c)
{
	enum value_type type = c->column->type;
	struct json_error error;
	const char *text = NULL;

	if (type == VALUE_BIGINTS)
		text = value_list(rq->arena, type, c->value);
	else if (type == VALUE_JSONB && strcmp(c->op->name, "ov") != 0) {
		text = json_object_is_type(c->value, json_type_string)
		    ? json_object_get_string(c->value)
		    : json_text(c->value);
		if (json_parse(rq->arena, text, strlen(text), &error) == NULL)
			text = NULL;
	}
	if (text == NULL)
		return request_fail_field(rq, PROBLEM_MALFORMED, c->key,
		    "the filter wants a list like {1,2}");
	buf_printf(&s->text, "t.%s %s ", c->column->name, c->op->sql);
	statement_value(s, text, value_sql(type));
	return PROBLEM_NONE;
}

static enum problem_code
put_condition(struct request *rq, struct statement *s, struct condition *c)
{
	enum problem_code err;

	if ((err = take_apart(rq, c)) != PROBLEM_NONE)
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

/*
 * The ids that the search function finds.  It is asked by a step of its own
 * and the setting remembers: the page and its count would both ask.
 */
static enum problem_code
put_search(struct filter *f, struct json_object *value)
{
	const char *search = f->rq->route->resource->search;
	const char *text = value_scalar(value);
	struct statement s;

	if (search == NULL)
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "q",
		    "%s cannot be searched", f->rq->route->resource->name);
	if (text == NULL)
		return request_fail_field(
		    f->rq, PROBLEM_MALFORMED, "q", "the filter wants text");
	if (too_many_words(text))
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "q",
		    "at most %d words", WORDS_MAX);
	if (f->search->sql.text != NULL)
		return request_fail_field(
		    f->rq, PROBLEM_MALFORMED, "q", "only once in a filter");
	statement_init(&s, f->rq->arena);
	buf_printf(&s.text, "SELECT set_config('app.found', %s(", search);
	statement_value(&s, text, "text");
	buf_puts(&s.text, ")::text, true)");
	*f->search = statement_step(&s);
	buf_puts(&f->s->text,
	    "t.id = ANY ((SELECT current_setting('app.found'))::bigint[])");
	return PROBLEM_NONE;
}

static enum problem_code put_members(
    struct filter *, struct json_object *, const char *word, int depth);

/* "@or" or "@and": the members of an object, or of each object of a list. */
static enum problem_code
put_group(
    struct filter *f, const char *key, struct json_object *value, int depth)
{
	const char *word = strcmp(key, "@or") == 0 ? " OR " : " AND ";
	enum problem_code err = PROBLEM_NONE;
	size_t i, n;

	if (depth == NESTED_MAX)
		return request_fail_field(
		    f->rq, PROBLEM_MALFORMED, key, "nested too deep");
	if (json_object_is_type(value, json_type_object))
		return put_members(f, value, word, depth + 1);
	if (!json_object_is_type(value, json_type_array) ||
	    (n = json_object_array_length(value)) == 0)
		return request_fail_field(f->rq, PROBLEM_MALFORMED, key,
		    "the filter wants an object of conditions");
	buf_puts(&f->s->text, "(");
	for (i = 0; i < n && err == PROBLEM_NONE; i++) {
		buf_puts(&f->s->text, i > 0 ? word : "");
		err = put_members(
		    f, json_object_array_get_idx(value, i), " AND ", depth + 1);
	}
	buf_puts(&f->s->text, ")");
	return err;
}

static enum problem_code
put_member(
    struct filter *f, const char *key, struct json_object *value, int depth)
{
	struct condition c = { .key = key, .value = value };

	if (strcmp(key, "@or") == 0 || strcmp(key, "@and") == 0)
		return put_group(f, key, value, depth);
	if (++f->conditions > CONDITIONS_MAX)
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "filter",
		    "at most %d conditions", CONDITIONS_MAX);
	return strcmp(key, "q") == 0 ? put_search(f, value)
				     : put_condition(f->rq, f->s, &c);
}

static enum problem_code
put_members(
    struct filter *f, struct json_object *filter, const char *word, int depth)
{
	enum problem_code err;
	const char *sep = "";

	if (!json_object_is_type(filter, json_type_object))
		return request_fail_field(f->rq, PROBLEM_MALFORMED, "filter",
		    "the filter wants an object of conditions");
	buf_puts(&f->s->text, "(");
	json_object_object_foreach(filter, key, value)
	{
		buf_puts(&f->s->text, sep);
		sep = word;
		if ((err = put_member(f, key, value, depth)) != PROBLEM_NONE)
			return err;
	}
	buf_puts(&f->s->text, *sep == '\0' ? "true)" : ")");
	return PROBLEM_NONE;
}

enum problem_code
filter_put(struct request *rq, struct statement *s, struct json_object *filter,
    struct db_step *search)
{
	struct filter f = { .rq = rq, .s = s, .search = search };

	*search = (struct db_step){ .nparams = 0 };
	if (filter == NULL || json_object_object_length(filter) == 0)
		return PROBLEM_NONE;
	buf_puts(&s->text, " WHERE ");
	return put_members(&f, filter, " AND ", 0);
}
