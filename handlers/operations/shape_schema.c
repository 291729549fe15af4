/* The JSON Schemas of shapes in the OpenAPI document. */

#include <string.h>

#include "fcgi/http/named_shape.h"
#include "handlers/operations/member.h"
#include "handlers/operations/shape_schema.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/format/shape.h"

/* The position of a shape in the document. */
struct place {
	const char *resource; /* stands for "@"; may be NULL */
	const char *context;  /* the object, see member_put() */
	bool taken; /* the shape is part of a body, not of a response */
};

static void put_shape(struct buf *, const struct shape *, struct place);

/* Writes the reference of a name: "User", "@" or "@.input". */
static void
put_reference(struct buf *b, const char *name, const char *resource)
{
	const bool of = *name == '@';

	buf_printf(b, "{\"$ref\":\"#/components/schemas/%s%s\"}",
	    of ? resource : "", name + of);
}

static void
put_members(struct buf *b, const struct shape *object, struct place at)
{
	const struct shape *m;
	struct buf required, schema;

	buf_init(&required, b->arena);
	buf_puts(b, "{\"type\":\"object\",\"properties\":{");
	for (m = object->of; m != NULL; m = m->next) {
		if (!m->optional)
			buf_printf(&required, "%s\"%s\"",
			    required.len > 0 ? "," : "", m->member);
		buf_init(&schema, b->arena);
		put_shape(&schema, m,
		    (struct place){ at.resource,
			arena_printf(b->arena, "%s.%s", at.context, m->member),
			at.taken });
		member_put(b, at.context, m->member, (int)strlen(m->member),
		    schema.data);
	}
	buf_puts(b, "}");
	if (required.len > 0)
		buf_printf(b, ",\"required\":[%s]", required.data);
	buf_puts(b, "}");
}

static void
put_alternatives(struct buf *b, const struct shape *s, struct place at)
{
	for (; s != NULL; s = s->next) {
		put_shape(b, s, at);
		buf_puts(b, s->next != NULL ? "," : "");
	}
}

/* Writes a shape without the alternative null. */
static void
put_one(struct buf *b, const struct shape *s, struct place at)
{
	static const char *const schemas[] = {
		[SHAPE_ANY] = "{}",
		[SHAPE_STRING] = "{\"type\":\"string\"}",
		[SHAPE_INTEGER] = "{\"type\":\"integer\",\"format\":\"int64\"}",
		[SHAPE_ID] = "{\"oneOf\":[{\"type\":\"integer\",\"format\":"
			     "\"int64\"},{\"type\":\"string\"}]}",
		[SHAPE_NUMBER] = "{\"type\":\"number\"}",
		[SHAPE_LINK] = "{\"type\":\"string\"}",
		[SHAPE_BOOLEAN] = "{\"type\":\"boolean\"}",
		[SHAPE_TIME] = "{\"type\":\"string\",\"format\":\"date-time\"}",
		[SHAPE_DATE] = "{\"type\":\"string\",\"format\":\"date\"}",
		[SHAPE_FILE] = "{\"type\":\"string\",\"format\":\"binary\"}",
		[SHAPE_RECORD] =
		    "{\"type\":\"object\",\"additionalProperties\":{}}",
	};

	if (s->kind == SHAPE_NAME)
		put_reference(b, s->text, at.resource);
	else if (s->kind == SHAPE_EXACT)
		buf_printf(b, "{\"const\":\"%s\"}", s->text);
	else if (s->kind == SHAPE_STRING && s->most > 0)
		buf_printf(
		    b, "{\"type\":\"string\",\"maxLength\":%ld}", s->most);
	else if (s->kind == SHAPE_OBJECT)
		put_members(b, s, at);
	else if (s->kind == SHAPE_MAP || s->kind == SHAPE_LIST) {
		buf_puts(b,
		    s->kind == SHAPE_MAP
			? "{\"type\":\"object\",\"additionalProperties\":"
			: "{\"type\":\"array\",");
		/* No list in a body can have more elements. */
		if (s->kind == SHAPE_LIST && at.taken)
			buf_printf(b, "\"maxItems\":%d,", JSON_VALUES_MAX);
		buf_puts(b, s->kind == SHAPE_LIST ? "\"items\":" : "");
		put_shape(b, s->of, at);
		buf_puts(b, "}");
	} else
		buf_puts(b, schemas[s->kind]);
}

static void
put_shape(struct buf *b, const struct shape *s, struct place at)
{
	if (!s->null && s->kind != SHAPE_ONE_OF) {
		put_one(b, s, at);
		return;
	}
	buf_puts(b, "{\"oneOf\":[");
	if (s->kind == SHAPE_ONE_OF)
		put_alternatives(b, s->of, at);
	else
		put_one(b, s, at);
	buf_puts(b, s->null ? ",{\"type\":\"null\"}]}" : "]}");
}

void
shape_schema_put(
    struct buf *b, const char *text, const char *resource, const char *context)
{
	const struct shape *s = shape_parse(b->arena, text, 0, NULL, NULL);

	if (s->kind == SHAPE_ANY)
		buf_puts(b,
		    "{\"description\":\"Any JSON value, which depends on the "
		    "path.\"}");
	else
		put_shape(b, s, (struct place){ resource, context, false });
}

void
shape_schema_put_body(
    struct buf *b, const char *text, const char *resource, const char *context)
{
	put_shape(b, shape_parse(b->arena, text, 0, NULL, NULL),
	    (struct place){ resource, context, true });
}

bool
shape_schema_put_member(struct buf *b, const char *text, const char *member,
    const char *resource, const char *context)
{
	const struct shape *s = text != NULL
	    ? shape_member(shape_parse(b->arena, text, 0, NULL, NULL), member)
	    : NULL;

	if (s != NULL)
		put_shape(b, s,
		    (struct place){ resource,
			arena_printf(b->arena, "%s.%s", context, member),
			true });
	return s != NULL;
}

void
shape_schema_put_named(struct buf *b)
{
	const char *name, *text;
	unsigned i;

	for (i = 0; (name = named_shape(i, &text)) != NULL; i++) {
		buf_printf(b, "%s\"%s\":", i > 0 ? "," : "", name);
		shape_schema_put(b, text, NULL, name);
	}
}
