/*
 * Translates a Prisma schema into SQL. Only what "inspect" compares is
 * translated: no indexes and unique indexes, and no tables of implicit
 * many-to-many relations.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "cli/migrate/prisma.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define BLOCKS_MAX 2000
#define FIELDS_MAX 300 /* of a block */

/* A line of a block: "email String? @unique @map("mail")". */
struct field {
	const char *name, *type, *rest; /* type without "?" and "[]" */
	const char *column;             /* name of the column in the database */
	bool optional, list;
};

struct block {
	const char *name, *table; /* table is the name in the database */
	bool is_enum;
	struct field fields[FIELDS_MAX];
	int nfields;
	const char *id; /* the columns of "@@id", or NULL */
};

struct prisma {
	struct arena *arena;
	struct block *blocks[BLOCKS_MAX];
	int nblocks;
	struct buf sql;
};

/* --- Reading */

/* Returns the next word of the line, which ends at white space. */
static const char *
word(struct arena *a, const char **line)
{
	size_t len;
	const char *found;

	*line += strspn(*line, " \t");
	len = strcspn(*line, " \t\r\n");
	found = arena_strndup(a, *line, len);
	*line += len;
	return found;
}

/* Returns the text in the quotes or brackets after a name, or NULL. */
static const char *
inside(struct arena *a, const char *line, const char *name, char open, char end)
{
	const char *at = strstr(line, name), *begin;
	const char until[] = { end, '\0' };

	if (at == NULL || (begin = strchr(at + strlen(name), open)) == NULL)
		return NULL;
	begin++;
	return arena_strndup(a, begin, strcspn(begin, until));
}

/* Returns the line without its comment, which no quotes contain. */
static const char *
without_comment(struct arena *a, const char *line, size_t len)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		quoted ^= line[i] == '"';
		if (!quoted && line[i] == '/' && i + 1 < len &&
		    line[i + 1] == '/')
			break;
	}
	return arena_strndup(a, line, i);
}

static void
read_field(struct prisma *p, struct block *b, const char *line)
{
	struct field *f = &b->fields[b->nfields];
	const char *type, *map;
	size_t len;

	f->name = word(p->arena, &line);
	if (strncmp(f->name, "@@", 2) == 0) {
		line -= strlen(f->name);
		map = inside(p->arena, line, "@@map", '"', '"');
		if (map != NULL)
			b->table = map;
		else if (strncmp(f->name, "@@id", 4) == 0)
			b->id = inside(p->arena, line, "@@id", '[', ']');
		return;
	}
	if (*f->name == '\0' || b->nfields == FIELDS_MAX - 1)
		return;
	type = b->is_enum ? "" : word(p->arena, &line);
	len = strcspn(type, "?[");
	f->type = arena_strndup(p->arena, type, len);
	f->optional = strchr(type, '?') != NULL;
	f->list = strchr(type, '[') != NULL;
	f->rest = line;
	map = inside(p->arena, line, "@map(", '"', '"');
	f->column = map != NULL ? map : f->name;
	b->nfields++;
}

/* Begins a block of tables or values. Other blocks are ignored. */
static struct block *
read_block(struct prisma *p, const char *line)
{
	const char *kind = word(p->arena, &line);
	struct block *b;

	if ((strcmp(kind, "model") != 0 && strcmp(kind, "enum") != 0) ||
	    p->nblocks == BLOCKS_MAX)
		return NULL;
	b = arena_array(p->arena, 1, sizeof *b);
	*b = (struct block){ .is_enum = *kind == 'e' };
	b->name = b->table = word(p->arena, &line);
	p->blocks[p->nblocks++] = b;
	return b;
}

static void
read_schema(struct prisma *p, const char *text)
{
	struct block *b = NULL;
	bool within = false;
	const char *line;
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		line = without_comment(p->arena, text, len);
		line += strspn(line, " \t");
		if (!within && strchr(line, '{') != NULL) {
			b = read_block(p, line);
			within = true;
		} else if (*line == '}') {
			b = NULL;
			within = false;
		} else if (b != NULL)
			read_field(p, b, line);
	}
}

/* --- Writing */

static const struct block *
find_block(const struct prisma *p, const char *name)
{
	int i;

	for (i = 0; i < p->nblocks; i++)
		if (strcmp(p->blocks[i]->name, name) == 0)
			return p->blocks[i];
	return NULL;
}

static void
put_name(struct buf *b, const char *name)
{
	buf_puts(b, "\"");
	for (; *name != '\0'; name++)
		buf_printf(b, *name == '"' ? "\"\"" : "%c", *name);
	buf_puts(b, "\"");
}

static bool
is_relation(const struct prisma *p, const struct field *f)
{
	const struct block *other = find_block(p, f->type);

	return other != NULL && !other->is_enum;
}

/* Returns the type that Prisma chooses without "@db", or NULL. */
static const char *
default_type(const char *type)
{
	static const char *const types[][2] = { { "String", "text" },
		{ "Boolean", "boolean" }, { "Int", "integer" },
		{ "BigInt", "bigint" }, { "Float", "double precision" },
		{ "Decimal", "numeric(65,30)" }, { "DateTime", "timestamp(3)" },
		{ "Json", "jsonb" }, { "Bytes", "bytea" } };
	size_t i;

	for (i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i][0], type) == 0)
			return types[i][1];
	return NULL;
}

/* Returns what stands in the parentheses of "@default(...)", or NULL. */
static const char *
default_of(struct arena *a, const struct field *f)
{
	const char *begin = strstr(f->rest, "@default("), *end;
	bool quoted = false;
	int depth = 1;

	if (begin == NULL)
		return NULL;
	begin += strlen("@default(");
	for (end = begin; *end != '\0'; end++) {
		if (quoted && *end == '\\' && end[1] != '\0')
			end++;
		else if (*end == '"')
			quoted = !quoted;
		else if (!quoted && *end == '(')
			depth++;
		else if (!quoted && *end == ')' && --depth == 0)
			break;
	}
	return arena_strndup(a, begin, (size_t)(end - begin));
}

static bool
counts(struct prisma *p, const struct field *f)
{
	const char *value = default_of(p->arena, f);

	return value != NULL && strncmp(value, "autoincrement(", 14) == 0;
}

/* Returns a native type, with its arguments: "@db.VarChar(9)". */
static const char *
native_type(struct arena *a, const char *native)
{
	size_t len = strcspn(native, " \t(");
	const char *type = arena_strndup(a, native, len);

	type = strcmp(type, "DoublePrecision") == 0 ? "double precision"
						    : arena_lower(a, type);
	native += len;
	return *native != '(' ? type
			      : arena_printf(a, "%s%.*s)", type,
				    (int)strcspn(native, ")"), native);
}

/* Writes the type of one value. */
static void
put_type(struct prisma *p, const struct field *f)
{
	const char *native = strstr(f->rest, "@db."), *type;
	const struct block *values = find_block(p, f->type);

	if (counts(p, f))
		buf_puts(&p->sql,
		    strcmp(f->type, "BigInt") == 0 ? "bigserial"
			: native != NULL &&
			    strstr(native, "SmallInt") == native + 4
			? "smallserial"
			: "serial");
	else if (values != NULL)
		put_name(&p->sql, values->table);
	else if (native != NULL)
		buf_puts(&p->sql, native_type(p->arena, native + 4));
	else if ((type = inside(p->arena, f->type, "Unsupported", '"', '"')) !=
	    NULL)
		buf_puts(&p->sql, type);
	else if ((type = default_type(f->type)) != NULL)
		buf_puts(&p->sql, type);
	else
		put_name(&p->sql, f->type);
}

/*
 * Writes a literal: a text in quotes, a value of an enumeration, a number, or
 * true or false. Returns its end.
 */
static const char *
put_literal(struct prisma *p, const struct field *f, const char *value)
{
	const struct block *values = find_block(p, f->type);
	size_t len = strcspn(value, ",] \t");
	int i;

	if (*value != '"') {
		for (i = 0; values != NULL && i < values->nfields; i++)
			if (strlen(values->fields[i].name) == len &&
			    strncmp(values->fields[i].name, value, len) == 0)
				break;
		if (values != NULL && i < values->nfields)
			buf_printf(&p->sql, "'%s'", values->fields[i].column);
		else
			buf_printf(&p->sql, "%.*s", (int)len, value);
		return value + len;
	}
	buf_puts(&p->sql, "'");
	for (value++; *value != '\0' && *value != '"'; value++) {
		value += *value == '\\' && value[1] != '\0';
		buf_printf(&p->sql, *value == '\'' ? "''" : "%c", *value);
	}
	buf_puts(&p->sql, "'");
	return value + (*value == '"');
}

/* Writes the default of a column, unless Prisma generates the values itself. */
static void
put_default(struct prisma *p, const struct field *f)
{
	const char *value = default_of(p->arena, f), *comma = "";

	if (value == NULL || counts(p, f))
		return;
	if (strncmp(value, "now(", 4) == 0)
		buf_puts(&p->sql, " DEFAULT CURRENT_TIMESTAMP");
	else if (strncmp(value, "dbgenerated(\"", 13) == 0)
		buf_printf(&p->sql, " DEFAULT %s",
		    inside(p->arena, value, "dbgenerated(", '"', '"'));
	else if (*value == '[') {
		buf_puts(&p->sql, " DEFAULT ARRAY[");
		for (value++; *value != ']' && *value != '\0';
		     value += strspn(value, ", \t")) {
			buf_puts(&p->sql, comma);
			value = put_literal(p, f, value);
			comma = ", ";
		}
		buf_puts(&p->sql, "]::");
		put_type(p, f);
		buf_puts(&p->sql, "[]");
	} else if (value[strcspn(value, "(\"")] != '(') {
		buf_puts(&p->sql, " DEFAULT ");
		put_literal(p, f, value);
	}
}

static void
put_constraints(struct prisma *p, const struct field *f)
{
	buf_puts(&p->sql, f->list ? "[]" : "");
	put_default(p, f);
	buf_puts(&p->sql, f->optional || f->list ? "" : " NOT NULL");
}

/* Returns the first field in a list of names, and skips the name. */
static const struct field *
next_field(const struct block *b, const char **names)
{
	size_t len;
	int i;

	*names += strspn(*names, ", \t");
	len = strcspn(*names, ", \t(");
	for (i = 0; i < b->nfields; i++)
		if (strlen(b->fields[i].name) == len &&
		    strncmp(b->fields[i].name, *names, len) == 0)
			break;
	*names += len;
	*names += **names == '(' ? strcspn(*names, ")") + 1 : 0;
	return len > 0 && i < b->nfields ? &b->fields[i] : NULL;
}

static void
put_columns(struct prisma *p, const struct block *b, const char *names)
{
	const struct field *f;
	const char *comma = "(";

	while ((f = next_field(b, &names)) != NULL) {
		buf_puts(&p->sql, comma);
		put_name(&p->sql, f->column);
		comma = ", ";
	}
	buf_puts(&p->sql, ")");
}

/* Returns true if the line has "@id". */
static bool
is_id(const struct field *f)
{
	const char *at = strstr(f->rest, "@id");

	return at != NULL && !isalnum((unsigned char)at[3]);
}

static void
put_table(struct prisma *p, const struct block *b)
{
	const char *comma = "", *id = b->id;
	int i;

	buf_puts(&p->sql, "CREATE TABLE ");
	put_name(&p->sql, b->table);
	buf_puts(&p->sql, " (");
	for (i = 0; i < b->nfields; i++) {
		if (is_relation(p, &b->fields[i]))
			continue;
		buf_puts(&p->sql, comma);
		put_name(&p->sql, b->fields[i].column);
		buf_puts(&p->sql, " ");
		put_type(p, &b->fields[i]);
		put_constraints(p, &b->fields[i]);
		comma = ", ";
		if (is_id(&b->fields[i]))
			id = b->fields[i].name;
	}
	if (id != NULL) {
		buf_printf(&p->sql, "%sCONSTRAINT ", comma);
		put_name(&p->sql, arena_printf(p->arena, "%s_pkey", b->table));
		buf_puts(&p->sql, " PRIMARY KEY ");
		put_columns(p, b, id);
	}
	buf_puts(&p->sql, ");\n");
}

static void
put_enum(struct prisma *p, const struct block *b)
{
	int i;

	buf_puts(&p->sql, "CREATE TYPE ");
	put_name(&p->sql, b->table);
	buf_puts(&p->sql, " AS ENUM (");
	for (i = 0; i < b->nfields; i++)
		buf_printf(
		    &p->sql, "%s'%s'", i > 0 ? ", " : "", b->fields[i].column);
	buf_puts(&p->sql, ");\n");
}

/* Writes what happens to a row if its parent is deleted or changed. */
static void
put_action(struct prisma *p, const struct field *f, const char *option,
    const char *sql, const char *fallback)
{
	static const char *const actions[][2] = { { "Cascade", "CASCADE" },
		{ "Restrict", "RESTRICT" }, { "NoAction", "NO ACTION" },
		{ "SetNull", "SET NULL" }, { "SetDefault", "SET DEFAULT" } };
	const char *at = strstr(f->rest, option);
	size_t i;

	if (at != NULL) {
		at += strlen(option);
		at += strspn(at, ": \t");
		for (i = 0; i < sizeof actions / sizeof actions[0]; i++)
			if (strncmp(at, actions[i][0], strlen(actions[i][0])) ==
			    0)
				fallback = actions[i][1];
	}
	buf_printf(&p->sql, " %s %s", sql, fallback);
}

/* Returns "table_column_column_fkey", or the name that the relation has. */
static const char *
key_name(struct prisma *p, const struct block *b, const struct field *f,
    const char *columns)
{
	const char *name = inside(p->arena, f->rest, " map:", '"', '"');
	const struct field *column;

	if (name != NULL)
		return name;
	name = b->table;
	while ((column = next_field(b, &columns)) != NULL)
		name = arena_printf(p->arena, "%s_%s", name, column->column);
	return arena_printf(p->arena, "%s_fkey", name);
}

static void
put_foreign_key(struct prisma *p, const struct block *b, const struct field *f)
{
	const char *columns = inside(p->arena, f->rest, "fields:", '[', ']');
	const char *keys = inside(p->arena, f->rest, "references:", '[', ']');
	const struct block *parent = find_block(p, f->type);

	if (columns == NULL || keys == NULL)
		return;
	buf_puts(&p->sql, "ALTER TABLE ");
	put_name(&p->sql, b->table);
	buf_puts(&p->sql, " ADD CONSTRAINT ");
	put_name(&p->sql, key_name(p, b, f, columns));
	buf_puts(&p->sql, " FOREIGN KEY ");
	put_columns(p, b, columns);
	buf_puts(&p->sql, " REFERENCES ");
	put_name(&p->sql, parent->table);
	put_columns(p, parent, keys);
	put_action(p, f, "onDelete", "ON DELETE",
	    f->optional ? "SET NULL" : "RESTRICT");
	put_action(p, f, "onUpdate", "ON UPDATE", "CASCADE");
	buf_puts(&p->sql, ";\n");
}

const char *
prisma_sql(struct arena *a, const char *schema)
{
	struct prisma *p = arena_array(a, 1, sizeof *p);
	int i, k;

	p->arena = a;
	p->nblocks = 0;
	buf_init(&p->sql, a);
	read_schema(p, schema);
	for (i = 0; i < p->nblocks; i++)
		if (p->blocks[i]->is_enum)
			put_enum(p, p->blocks[i]);
	for (i = 0; i < p->nblocks; i++)
		if (!p->blocks[i]->is_enum)
			put_table(p, p->blocks[i]);
	for (i = 0; i < p->nblocks; i++)
		for (k = 0; k < p->blocks[i]->nfields; k++)
			if (!p->blocks[i]->is_enum &&
			    is_relation(p, &p->blocks[i]->fields[k]))
				put_foreign_key(
				    p, p->blocks[i], &p->blocks[i]->fields[k]);
	return p->sql.data;
}
