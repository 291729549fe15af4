/* Checks SQL of callers with PostgreSQL's parser. */

#include <pg_query.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/db/sqlguard.h"
#include "lib/db/sqlwords.h"

#define SQL_MAX   32768 /* bytes */
#define DEPTH_MAX 400   /* nesting of the JSON form of the tree */

/*
 * Postgres does not check for interrupts inside an expression, and computes
 * with numbers of up to 131,072 digits. These limits bound the time per row.
 */
#define CALLS_MAX      500 /* calls and operators */
#define ARITHMETIC_MAX 32  /* calls and operators that may multiply or divide */
#define NUMBER_MAX     40  /* characters of a non-integer number */

/* Functions that are slow for numbers with many digits. */
static const char *const arithmetic[] = { "%", "*", "/", "^", "corr", "div",
	"exp", "ln", "log", "mod", "power", "sqrt", "stddev", "stddev_pop",
	"stddev_samp", "var_pop", "var_samp", "variance", "width_bucket" };

/*
 * Operators and functions that turn small numbers into numbers with many
 * digits.
 */
static const char *const powers[] = { "^", "exp", "power" };

/*
 * Postgres reads "a.name" as a call of the function name if a has no such
 * column.
 */
static const char *const no_columns[] = { "binary_upgrade", "brin_",
	"current_setting", "currval", "gin_", "lo_", "nextval", "pg_",
	"setseed", "ts_stat", "txid_" };

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A function in a FROM clause. */
struct range {
	struct json_object *node;
	struct range *next;
};

/* A name that a WITH clause defines. */
struct name {
	const char *text;
	struct name *next;
};

struct guard {
	struct arena *arena;
	struct range *ranges;
	struct name *names;
	struct buf tables; /* JSON strings, each after a comma but the first */
	bool console;      /* of operators */
	int calls;
	int arithmetic;
	const char *why; /* reason why the statement is rejected, or NULL */
};

static void
refuse(struct guard *g, const char *what, const char *name)
{
	if (g->why == NULL)
		g->why = arena_printf(
		    g->arena, "%s is not allowed here: %s", what, name);
}

/* Returns the text in {"String":{"sval":"text"}}, or NULL. */
static const char *
string_of(struct json_object *node)
{
	struct json_object *string;

	if (!json_object_object_get_ex(node, "String", &string))
		return NULL;
	return json_get_text(string, "sval");
}

static struct json_object *
member(struct json_object *obj, const char *name)
{
	bool ignored;

	return json_get(obj, name, &ignored);
}

static size_t
length(struct json_object *list)
{
	return json_object_is_type(list, json_type_array)
	    ? json_object_array_length(list)
	    : 0;
}

/* Checks the last part of a qualified name. Only pg_catalog may precede it. */
static void
check_name(struct guard *g, struct json_object *list, const char *what,
    enum sqlwords allowed, enum sqlwords of_console)
{
	size_t n = length(list);
	const char *name =
	    n > 0 ? string_of(json_object_array_get_idx(list, n - 1)) : NULL;
	const char *schema =
	    n > 1 ? string_of(json_object_array_get_idx(list, 0)) : NULL;

	if (name == NULL || n > 2 ||
	    (n == 2 && (schema == NULL || strcmp(schema, "pg_catalog") != 0)) ||
	    (!sqlwords_have(allowed, name) &&
		!(g->console && sqlwords_have(of_console, name))))
		refuse(g, what, name != NULL ? name : "?");
}

static struct json_object *
first_of(struct json_object *list)
{
	return length(list) > 0 ? json_object_array_get_idx(list, 0) : NULL;
}

static const char *
last_of(struct json_object *list)
{
	size_t n = length(list);

	return n > 0 ? string_of(json_object_array_get_idx(list, n - 1)) : NULL;
}

/* Returns the alias of the range, or the name of its function. */
static const char *
range_name(struct json_object *range)
{
	struct json_object *alias = member(range, "alias"), *entry;

	if (alias != NULL)
		return json_get_text(alias, "aliasname");
	entry = member(first_of(member(range, "functions")), "List");
	entry = member(first_of(member(entry, "items")), "FuncCall");
	return entry != NULL ? last_of(member(entry, "funcname")) : NULL;
}

static bool
range_has(struct json_object *range, const char *column)
{
	struct json_object *names = NULL;
	const char *name;
	size_t i;

	if (sqlwords_have(SQLWORDS_OWN_COLUMNS, column))
		return true;
	if (member(range, "alias") != NULL)
		names = member(member(range, "alias"), "colnames");
	for (i = 0; i < length(names); i++) {
		name = string_of(json_object_array_get_idx(names, i));
		if (name != NULL && strcmp(name, column) == 0)
			return true;
	}
	return false;
}

/*
 * Checks a column of a range. A function in FROM may return a text or a number.
 * "q.name" would then call any function that accepts this type, so only columns
 * that the statement names are allowed.
 */
static void
check_range(struct guard *g, const char *of, const char *name)
{
	const struct range *r;
	const char *called;

	for (r = g->ranges; r != NULL; r = r->next) {
		called = range_name(r->node);
		if ((called == NULL || strcmp(called, of) == 0) &&
		    !range_has(r->node, name))
			refuse(g,
			    "a column of a function that AS does not name",
			    name);
	}
}

static void
check_column(struct guard *g, struct json_object *fields)
{
	size_t n = length(fields), i;
	const char *name = n > 1 ? last_of(fields) : NULL;

	for (i = 0; name != NULL && i < COUNT(no_columns); i++)
		if (strncmp(name, no_columns[i], strlen(no_columns[i])) == 0)
			refuse(g, "a column of this name", name);
	if (name != NULL && sqlwords_have(SQLWORDS_ROW_FUNCTIONS, name))
		refuse(g, "a column of this name", name);
	if (name != NULL)
		check_range(g,
		    string_of(json_object_array_get_idx(fields, n - 2)), name);
}

/* Checks an indirection, because "(...).name" may also be a function call. */
static void
check_indirection(struct guard *g, struct json_object *list)
{
	size_t i;

	for (i = 0; i < length(list); i++)
		if (string_of(json_object_array_get_idx(list, i)) != NULL)
			refuse(g, "a member of an expression",
			    string_of(json_object_array_get_idx(list, i)));
}

static bool
is_defined(const struct guard *g, const char *name)
{
	const struct name *n;

	for (n = g->names; n != NULL; n = n->next)
		if (strcmp(n->text, name) == 0)
			return true;
	return false;
}

static bool
one_of(const char *const *words, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

/* Returns true for a relation that the caller may name. */
static bool
may_name(const struct guard *g, const char *schema, const char *name)
{
	if (!g->console)
		return (schema == NULL || strcmp(schema, "crm") == 0) &&
		    strncmp(name, "pg_", 3) != 0;
	if (schema != NULL && strncmp(schema, "pg_", 3) == 0 &&
	    strcmp(schema, "pg_catalog") != 0)
		return false;
	if (strncmp(name, "pg_", 3) == 0 ||
	    (schema != NULL && strcmp(schema, "pg_catalog") == 0))
		return sqlwords_have(SQLWORDS_CATALOG, name);
	return true; /* the privileges of the role apply */
}

static void
check_relation(struct guard *g, struct json_object *range)
{
	const char *schema = json_get_text(range, "schemaname");
	const char *name = json_get_text(range, "relname");

	if (name == NULL || member(range, "catalogname") != NULL ||
	    !may_name(g, schema, name))
		refuse(g, "a table of the system", name != NULL ? name : "?");
	else if (schema != NULL || !is_defined(g, name)) {
		buf_puts(&g->tables, g->tables.len > 0 ? "," : "");
		buf_json(&g->tables, name);
	}
}

/* An integer, or a cast to float8: Postgres then calculates with float8. */
static bool
is_small(struct json_object *operand)
{
	struct json_object *cast = member(operand, "TypeCast");
	const char *type = cast != NULL
	    ? last_of(member(member(cast, "typeName"), "names"))
	    : NULL;

	if (type != NULL)
		return strcmp(type, "float8") == 0;
	return member(member(operand, "A_Const"), "ival") != NULL;
}

/* Counts a call or an operator. right is NULL if there is only one operand. */
static void
count_call(struct guard *g, const char *name, struct json_object *left,
    struct json_object *right)
{
	if (++g->calls > CALLS_MAX)
		g->why = "the statement has too many calls and operators";
	if (name == NULL || !one_of(arithmetic, COUNT(arithmetic), name))
		return;
	if (++g->arithmetic > ARITHMETIC_MAX)
		g->why = "the statement multiplies or divides too often";
	else if (one_of(powers, COUNT(powers), name) &&
	    (!is_small(left) || (right != NULL && !is_small(right))))
		refuse(g, "without a cast of its operands to float8", name);
}

static void
count_node(struct guard *g, const char *type, struct json_object *node)
{
	struct json_object *args = member(node, "args");
	const char *number;

	if (strcmp(type, "FuncCall") == 0)
		count_call(g, last_of(member(node, "funcname")), first_of(args),
		    length(args) > 1 ? json_object_array_get_idx(args, 1)
				     : NULL);
	else if (strcmp(type, "A_Expr") == 0)
		count_call(g, last_of(member(node, "name")),
		    member(node, "lexpr"), member(node, "rexpr"));
	else if (strcmp(type, "A_Const") == 0 && member(node, "fval") != NULL) {
		number = json_get_text(member(node, "fval"), "fval");
		if (number == NULL || strlen(number) > NUMBER_MAX ||
		    strpbrk(number, "eE") != NULL)
			refuse(g, "a number of this size",
			    number != NULL ? number : "?");
	}
}

static void
check_node(struct guard *g, const char *type, struct json_object *node)
{
	const char *op = json_get_text(node, "op");

	count_node(g, type, node);
	if (!sqlwords_have(SQLWORDS_NODES, type))
		refuse(g, "this part of SQL", type);
	else if (strcmp(type, "FuncCall") == 0)
		check_name(g, member(node, "funcname"), "this function",
		    SQLWORDS_FUNCTIONS, SQLWORDS_CATALOG_FUNCTIONS);
	else if (strcmp(type, "ColumnRef") == 0)
		check_column(g, member(node, "fields"));
	else if (strcmp(type, "A_Indirection") == 0)
		check_indirection(g, member(node, "indirection"));
	else if (strcmp(type, "SQLValueFunction") == 0 &&
	    (op == NULL || !sqlwords_have(SQLWORDS_TIMES, op)))
		refuse(g, "this function", op != NULL ? op : "?");
	/* An operator from another schema may be user-defined. */
	if (length(member(node, "name")) > 1 ||
	    length(member(node, "operName")) > 1 ||
	    member(node, "useOp") != NULL)
		refuse(g, "an operator by its schema", type);
}

/* Checks a child whose node has a fixed type, which the tree does not name. */
static void
check_member(struct guard *g, const char *name, struct json_object *node)
{
	if (strcmp(name, "typeName") == 0 || strcmp(name, "TypeName") == 0)
		check_name(g, member(node, "names"), "this type",
		    SQLWORDS_TYPES, SQLWORDS_CATALOG_TYPES);
	else if (strcmp(name, "intoClause") == 0)
		refuse(g, "this part of SQL", "INTO");
	else if (strcmp(name, "lockingClause") == 0)
		refuse(g, "this part of SQL", "FOR UPDATE");
	if (json_object_is_type(node, json_type_object) &&
	    member(node, "relname") != NULL)
		check_relation(g, node);
}

static void
gather_node(struct guard *g, const char *type, struct json_object *node)
{
	const char *text = json_get_text(node, "ctename");
	struct range *r;
	struct name *n;

	if (strcmp(type, "RangeFunction") == 0) {
		r = arena_alloc(g->arena, sizeof *r);
		*r = (struct range){ node, g->ranges };
		g->ranges = r;
	} else if (strcmp(type, "CommonTableExpr") == 0 && text != NULL) {
		n = arena_alloc(g->arena, sizeof *n);
		*n = (struct name){ text, g->names };
		g->names = n;
	}
}

/* Gathers nodes. DEPTH_MAX bounds the recursion. */
static void
gather(struct guard *g, struct json_object *node)
{
	size_t i;

	for (i = 0; i < length(node); i++)
		gather(g, json_object_array_get_idx(node, i));
	if (!json_object_is_type(node, json_type_object))
		return;
	json_object_object_foreach(node, name, value)
	{
		gather_node(g, name, value);
		gather(g, value);
	}
}

/* Walks the tree. DEPTH_MAX bounds the recursion. */
static void
walk(struct guard *g, struct json_object *node)
{
	size_t i;

	for (i = 0; i < length(node) && g->why == NULL; i++)
		walk(g, json_object_array_get_idx(node, i));
	if (!json_object_is_type(node, json_type_object))
		return;
	json_object_object_foreach(node, name, value)
	{
		if (*name >= 'A' && *name <= 'Z')
			check_node(g, name, value);
		check_member(g, name, value);
		if (g->why == NULL)
			walk(g, value);
	}
}

/* Returns the only statement and sets its type. */
static struct json_object *
open_statement(struct json_object *entry, const char **kind)
{
	struct json_object *inside = NULL;

	*kind = "";
	json_object_object_foreach(member(entry, "stmt"), name, value)
	{
		*kind = name;
		inside = value;
	}
	return inside;
}

static void
check_kind(struct guard *g, const char *kind, struct json_object *statement,
    bool writes, struct sqlguard_use *use)
{
	bool inserts = strcmp(kind, "InsertStmt") == 0;
	bool changes =
	    strcmp(kind, "UpdateStmt") == 0 || strcmp(kind, "DeleteStmt") == 0;

	if (!writes && strcmp(kind, "SelectStmt") != 0)
		g->why = "only a SELECT is allowed here";
	else if (writes && !inserts && !changes)
		g->why = "only an INSERT, UPDATE or DELETE is allowed here";
	else if (changes && member(statement, "whereClause") == NULL)
		g->why = "say which rows: a WHERE is missing";
	else if (writes) {
		use->action = inserts                 ? "INSERT"
		    : strcmp(kind, "UpdateStmt") == 0 ? "UPDATE"
						      : "DELETE";
		use->target =
		    json_get_text(member(statement, "relation"), "relname");
		if (use->target == NULL)
			refuse(g, "to change this", "?");
	}
}

/*
 * Copies the statement from the text, within the boundaries that the parser
 * reported.
 */
static const char *
cut(struct arena *a, const char *sql, struct json_object *entry)
{
	size_t at =
	    (size_t)json_object_get_int64(member(entry, "stmt_location"));
	size_t len = (size_t)json_object_get_int64(member(entry, "stmt_len"));

	return arena_strndup(a, sql + at, len > 0 ? len : strlen(sql + at));
}

static const char *
check_tree(struct guard *g, const char *sql, struct json_object *tree,
    bool writes, struct sqlguard_use *use)
{
	struct json_object *list = member(tree, "stmts"), *entry, *statement;
	const char *kind;

	if (length(list) != 1) {
		g->why = "exactly one statement is allowed";
		return NULL;
	}
	entry = json_object_array_get_idx(list, 0);
	statement = open_statement(entry, &kind);
	check_kind(g, kind, statement, writes, use);
	gather(g, statement);
	if (g->why == NULL)
		walk(g, statement);
	if (g->why != NULL)
		return NULL;
	use->tables = arena_printf(g->arena, "[%s]", g->tables.data);
	sql = cut(g->arena, sql, entry);
	return writes && member(statement, "returningList") == NULL
	    ? arena_printf(g->arena, "%s\nRETURNING true AS tenantry", sql)
	    : sql;
}

static const char *
check(struct guard *g, const char *sql, bool writes, struct sqlguard_use *use,
    const char **why)
{
	struct json_object *tree = NULL;
	PgQueryParseResult result;
	const char *statement = NULL;

	*use = (struct sqlguard_use){ .tables = NULL };
	buf_init(&g->tables, g->arena);
	*why = "the statement is too long or too deep";
	if (strlen(sql) > SQL_MAX)
		return NULL;
	result = pg_query_parse(sql);
	if (result.error != NULL)
		g->why = arena_strdup(g->arena, result.error->message);
	else
		tree = json_parse_tree(g->arena, result.parse_tree,
		    strlen(result.parse_tree), DEPTH_MAX);
	pg_query_free_parse_result(result);
	if (tree != NULL)
		statement = check_tree(g, sql, tree, writes, use);
	if (g->why != NULL)
		*why = g->why;
	return statement;
}

const char *
sqlguard_check(struct arena *a, const char *sql, bool writes,
    struct sqlguard_use *use, const char **why)
{
	struct guard g = { .arena = a };

	return check(&g, sql, writes, use, why);
}

const char *
sqlguard_check_console(struct arena *a, const char *sql, const char **why)
{
	struct guard g = { .arena = a, .console = true };
	struct sqlguard_use ignored;

	return check(&g, sql, false, &ignored, why);
}
