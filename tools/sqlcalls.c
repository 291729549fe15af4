/*
 * sqlcalls: writes a C header with a typed call for every function in a file of
 * schema/.
 *
 * 	sqlcalls schema/identity/session.sql > schema/identity/session.h
 *
 * A call takes its arguments by name and returns the step for session_write()
 * or db_run():
 *
 * 	step = identity_revoke_session(rq->arena, .session_id = id);
 *
 * An argument is text. For SQL's boolean, it is an int, because C would turn
 * the text "f" into a true bool without a warning. An omitted argument is NULL
 * or false, or has the value of the function's DEFAULT. The columns of a result
 * are an enum: LIST_SESSIONS_HANDLE is the column number for db_text(). A
 * nonexistent argument or column therefore fails to compile.
 *
 * Functions that C cannot call with text (triggers, arguments that are rows,
 * VARIADIC or polymorphic, bare records) have no call. If a function is
 * overloaded, only the last definition in the file has a call.
 */

#include <ctype.h>
#include <err.h>
#include <json-c/json.h>
#include <pg_query.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 64

struct argument {
	const char *name;
	char type[128];               /* as in a cast, for example "bigint[]" */
	bool boolean;                 /* an int in C */
	struct json_object *fallback; /* the constant of DEFAULT, or NULL */
};

struct function {
	const char *schema, *name;
	struct argument in[ARGS_MAX];
	size_t nin;
	const char *columns[ARGS_MAX]; /* columns from RETURNS TABLE and OUT */
	size_t ncolumns;
	bool rows;  /* returns a table: SELECT * FROM */
	bool plain; /* text: needs no cast */
	bool callable;
};

static struct json_object *
member(struct json_object *o, const char *name)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(o, name, &value);
	return value;
}

/*
 * Returns the text in {"String":{"sval":...}}. Older grammars call this member
 * "str".
 */
static const char *
string_node(struct json_object *node)
{
	struct json_object *s = member(node, "String"), *text;

	if ((text = member(s, "sval")) == NULL)
		text = member(s, "str");
	return json_object_get_string(text);
}

static const char *
last_name(struct json_object *names)
{
	return string_node(json_object_array_get_idx(
	    names, json_object_array_length(names) - 1));
}

/*
 * Returns the schema of a qualified name, or NULL. pg_catalog does not count as
 * a schema.
 */
static const char *
qualifier(struct json_object *names)
{
	const char *schema;

	if (json_object_array_length(names) < 2)
		return NULL;
	schema = string_node(json_object_array_get_idx(names, 0));
	return strcmp(schema, "pg_catalog") == 0 ? NULL : schema;
}

static void
type_text(struct json_object *type, char *text, size_t size)
{
	struct json_object *names = member(type, "names");
	const char *schema = qualifier(names);
	int n;

	n = snprintf(text, size, "%s%s%s%s", schema != NULL ? schema : "",
	    schema != NULL ? "." : "", last_name(names),
	    member(type, "arrayBounds") != NULL ? "[]" : "");
	if (n < 0 || (size_t)n >= size)
		errx(EXIT_FAILURE, "the name of a type is too long");
}

static void
add_parameter(struct function *f, struct json_object *p)
{
	const char *mode = json_object_get_string(member(p, "mode"));
	const char *name = json_object_get_string(member(p, "name"));
	struct argument *a = &f->in[f->nin];

	if (f->nin == ARGS_MAX || f->ncolumns == ARGS_MAX)
		errx(EXIT_FAILURE, "%s.%s has too many arguments", f->schema,
		    f->name);
	if (strcmp(mode, "FUNC_PARAM_TABLE") == 0 ||
	    strcmp(mode, "FUNC_PARAM_OUT") == 0) {
		f->columns[f->ncolumns++] = name;
		f->rows = true;
		return;
	}
	if (strcmp(mode, "FUNC_PARAM_IN") != 0 &&
	    strcmp(mode, "FUNC_PARAM_DEFAULT") != 0) {
		f->callable = false;
		return;
	}
	type_text(member(p, "argType"), a->type, sizeof a->type);
	if (name == NULL || strncmp(a->type, "any", 3) == 0 ||
	    qualifier(member(member(p, "argType"), "names")) != NULL) {
		f->callable = false;
		return;
	}
	a->name = name;
	a->fallback = member(p, "defexpr");
	if (a->fallback != NULL)
		a->fallback = member(a->fallback, "A_Const");
	if (member(p, "defexpr") != NULL && a->fallback == NULL)
		f->callable = false; /* DEFAULT is an expression */
	/*
	 * A C bool cannot be absent, so the DEFAULT of its argument can only be
	 * false.
	 */
	a->boolean = strcmp(a->type, "bool") == 0 &&
	    (a->fallback == NULL ||
		(member(a->fallback, "boolval") != NULL &&
		    member(member(a->fallback, "boolval"), "boolval") == NULL));
	f->nin++;
}

static void
read_result(struct function *f, struct json_object *type)
{
	const char *name;

	if (type == NULL)
		return;
	name = last_name(member(type, "names"));
	if (strcmp(name, "trigger") == 0 ||
	    strcmp(name, "event_trigger") == 0 || strncmp(name, "any", 3) == 0)
		f->callable = false;
	if (f->ncolumns == 0) {
		f->rows = qualifier(member(type, "names")) != NULL;
		f->plain = strcmp(name, "text") == 0;
		if (strcmp(name, "record") == 0)
			f->callable = false;
	}
}

static struct function
read_function(struct json_object *node)
{
	struct json_object *names = member(node, "funcname");
	struct json_object *list = member(node, "parameters");
	struct function f = { .name = last_name(names),
		.schema = qualifier(names),
		.callable = true };
	size_t i;

	if (f.schema == NULL)
		errx(EXIT_FAILURE, "%s() names no schema", f.name);
	for (i = 0; list != NULL && i < json_object_array_length(list); i++)
		add_parameter(&f,
		    member(json_object_array_get_idx(list, i),
			"FunctionParameter"));
	read_result(&f, member(node, "returnType"));
	return f;
}

/* Appends an underscore if an argument's name is a C keyword. */
static const char *
c_name(const char *name)
{
	static const char *const words[] = { "auto", "bool", "break", "case",
		"char", "const", "continue", "default", "do", "double", "else",
		"enum", "extern", "float", "for", "goto", "if", "inline", "int",
		"long", "register", "return", "short", "signed", "sizeof",
		"static", "struct", "switch", "typedef", "union", "unsigned",
		"void", "volatile", "while" };
	static char text[128];
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(name, words[i]) == 0) {
			snprintf(text, sizeof text, "%s_", name);
			return text;
		}
	return name;
}

static void
put_upper(const char *text)
{
	for (; *text != '\0'; text++)
		putchar(toupper((unsigned char)*text));
}

/* Writes an SQL text literal inside a C string literal. */
static void
put_text(const char *text)
{
	if (strpbrk(text, "'\\\"\n") != NULL)
		errx(EXIT_FAILURE, "the DEFAULT '%s' is not supported", text);
	printf("'%s'", text);
}

/* Writes one argument of the SQL call. */
static void
put_value(const struct argument *a, size_t i)
{
	struct json_object *text = member(a->fallback, "sval");

	if (a->fallback == NULL || a->boolean ||
	    member(a->fallback, "isnull") != NULL) {
		printf("$%zu::%s", i + 1, a->type);
		return;
	}
	printf("coalesce($%zu::%s, ", i + 1, a->type);
	if (text != NULL)
		put_text(json_object_get_string(member(text, "sval")));
	else if (member(a->fallback, "boolval") != NULL)
		printf("true");
	else if (member(a->fallback, "ival") != NULL) {
		text = member(member(a->fallback, "ival"), "ival");
		printf("%s", text == NULL ? "0" : json_object_get_string(text));
	} else
		errx(EXIT_FAILURE, "the DEFAULT of %s is not supported",
		    a->name);
	putchar(')');
}

static void
put_sql(const struct function *f)
{
	size_t i;

	printf("SELECT ");
	for (i = 0; f->rows && i < f->ncolumns; i++)
		printf("%s%s", i > 0 ? ", " : "", f->columns[i]);
	if (f->rows)
		printf("%s FROM ", f->ncolumns == 0 ? "*" : "");
	printf("%s.%s(", f->schema, f->name);
	for (i = 0; i < f->nin; i++) {
		printf("%s", i > 0 ? ", " : "");
		put_value(&f->in[i], i);
	}
	printf(")%s", f->rows || f->plain ? "" : "::text");
}

static void
put_args(const struct function *f)
{
	size_t i;

	printf("struct %s_%s_args {\n", f->schema, f->name);
	for (i = 0; i < f->nin; i++)
		printf("\t%s%s; /* %s */\n",
		    f->in[i].boolean ? "int " : "const char *",
		    c_name(f->in[i].name), f->in[i].type);
	printf("};\n\n");
}

static void
put_columns(const struct function *f)
{
	size_t i;

	printf("enum {\n");
	for (i = 0; i < f->ncolumns; i++) {
		putchar('\t');
		put_upper(f->name);
		putchar('_');
		put_upper(f->columns[i]);
		printf(",\n");
	}
	printf("};\n\n");
}

static void
put_call(const struct function *f)
{
	size_t i;

	printf("static inline struct db_step\n%s_%s%s(struct arena *arena",
	    f->schema, f->name, f->nin > 0 ? "_step" : "");
	if (f->nin > 0)
		printf(
		    ",\n    const struct %s_%s_args *args", f->schema, f->name);
	printf(")\n{\n");
	if (f->nin > 0)
		printf("\tconst char **params = arena_array(arena, %zu, "
		       "sizeof *params);\n\n",
		    f->nin);
	else
		printf("\t(void)arena;\n");
	for (i = 0; i < f->nin; i++)
		printf("\tparams[%zu] = args->%s%s;\n", i,
		    c_name(f->in[i].name),
		    f->in[i].boolean ? " ? \"t\" : \"f\"" : "");
	printf("\treturn (struct db_step){\n\t\t.sql = SQL(\"");
	put_sql(f);
	printf("\"),\n");
	if (f->nin > 0)
		printf("\t\t.params = params,\n\t\t.nparams = %zu,\n", f->nin);
	printf("\t};\n}\n");
	if (f->nin > 0)
		printf("#define %s_%s(arena, ...) \\\n\t%s_%s_step(arena, "
		       "&(struct %s_%s_args){ __VA_ARGS__ })\n",
		    f->schema, f->name, f->schema, f->name, f->schema, f->name);
	putchar('\n');
}

static struct json_object *
function_at(struct json_object *list, size_t i)
{
	struct json_object *node = json_object_array_get_idx(list, i);

	return member(member(node, "stmt"), "CreateFunctionStmt");
}

/* Returns true if a later statement defines a function with the same name. */
static bool
is_overloaded(struct json_object *list, size_t i, const struct function *f)
{
	struct json_object *node, *names;
	const char *schema;

	while (++i < json_object_array_length(list)) {
		if ((node = function_at(list, i)) == NULL)
			continue;
		names = member(node, "funcname");
		schema = qualifier(names);
		if (schema != NULL && strcmp(schema, f->schema) == 0 &&
		    strcmp(last_name(names), f->name) == 0)
			return true;
	}
	return false;
}

static void
put_function(struct json_object *list, size_t i)
{
	struct function f = read_function(function_at(list, i));

	if (!f.callable || is_overloaded(list, i, &f))
		return;
	if (f.nin > 0)
		put_args(&f);
	if (f.ncolumns > 0)
		put_columns(&f);
	put_call(&f);
}

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (file == NULL || getdelim(&text, &size, '\0', file) == -1)
		err(EXIT_FAILURE, "%s", path);
	fclose(file);
	return text;
}

/* Parses a tree. The tree of a view is deeper than json-c's default limit. */
static struct json_object *
parse_json(const char *text)
{
	struct json_tokener *tokener = json_tokener_new_ex(4096);
	struct json_object *tree;

	if (tokener == NULL)
		errx(EXIT_FAILURE, "out of memory");
	tree = json_tokener_parse_ex(tokener, text, -1);
	if (tree == NULL)
		errx(EXIT_FAILURE, "the parse tree cannot be read: %s",
		    json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	return tree;
}

/* Writes the include guard's name, such as "SCHEMA_IDENTITY_SESSION_H". */
static void
put_guard(const char *path)
{
	const char *start = strstr(path, "schema/");

	for (; start != NULL && *start != '\0' && *start != '.'; start++)
		putchar(isalnum((unsigned char)*start)
			? toupper((unsigned char)*start)
			: '_');
	printf("_H\n");
}

int
main(int argc, char *argv[])
{
	struct json_object *tree, *list;
	PgQueryParseResult result;
	size_t i;
	char *sql;

	if (argc != 2)
		errx(EXIT_FAILURE, "usage: sqlcalls schema/SCHEMA/NOUN.sql");
	sql = read_file(argv[1]);
	result = pg_query_parse(sql);
	if (result.error != NULL)
		errx(EXIT_FAILURE, "%s: %s", argv[1], result.error->message);
	tree = parse_json(result.parse_tree);
	list = member(tree, "stmts");
	printf("/* The functions of %s, written by sqlcalls. */\n\n#ifndef ",
	    strstr(argv[1], "schema/") != NULL ? strstr(argv[1], "schema/")
					       : argv[1]);
	put_guard(argv[1]);
	printf("#define ");
	put_guard(argv[1]);
	printf("\n#include \"lib/base/arena.h\"\n"
	       "#include \"lib/db/step.h\"\n\n");
	for (i = 0; list != NULL && i < json_object_array_length(list); i++)
		if (function_at(list, i) != NULL)
			put_function(list, i);
	printf("#endif\n");
	json_object_put(tree);
	pg_query_free_parse_result(result);
	free(sql);
	return ferror(stdout) || fflush(stdout) != 0 ? EXIT_FAILURE
						     : EXIT_SUCCESS;
}
