/* Reads and writes YAML documents as json-c trees, with libyaml. */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "cli/migrate/yaml.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"

#define DEPTH_MAX 16

/* --- Writing */

static int
append(void *into, unsigned char *text, size_t len)
{
	buf_write(into, (const char *)text, len);
	return 1;
}

/* Emits an event. libyaml frees the event, even after a failure. */
static void
emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
	if (!made || !yaml_emitter_emit(emitter, event))
		errx(EXIT_FAILURE, "cannot write YAML: %s",
		    emitter->problem != NULL ? emitter->problem
					     : "out of memory");
}

/*
 * Returns true if a plain scalar with this text would be read as a different
 * value.
 */
static bool
needs_quotes(const char *text)
{
	static const char *const special[] = { "", "~", "null", "Null", "NULL",
		"true", "false", "yes", "no", "on", "off", NULL };
	int i;

	for (i = 0; special[i] != NULL; i++)
		if (strcmp(text, special[i]) == 0)
			return true;
	return strspn(text, "0123456789.-+eE_:") == strlen(text);
}

static void
emit_scalar(
    yaml_emitter_t *emitter, const char *text, yaml_scalar_style_t style)
{
	yaml_event_t event;

	emit(emitter, &event,
	    yaml_scalar_event_initialize(&event, NULL, NULL,
		(const yaml_char_t *)text, (int)strlen(text), 1, 1, style));
}

static void
emit_value(yaml_emitter_t *emitter, struct json_object *value)
{
	yaml_event_t event;
	const char *text;
	size_t i, n;

	switch (json_object_get_type(value)) {
	case json_type_object:
		emit(emitter, &event,
		    yaml_mapping_start_event_initialize(
			&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE));
		json_object_object_foreach(value, key, member)
		{
			emit_scalar(emitter, key, YAML_ANY_SCALAR_STYLE);
			emit_value(emitter, member);
		}
		emit(
		    emitter, &event, yaml_mapping_end_event_initialize(&event));
		break;
	case json_type_array:
		n = json_object_array_length(value);
		emit(emitter, &event,
		    yaml_sequence_start_event_initialize(
			&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE));
		for (i = 0; i < n; i++)
			emit_value(
			    emitter, json_object_array_get_idx(value, i));
		emit(emitter, &event,
		    yaml_sequence_end_event_initialize(&event));
		break;
	case json_type_null:
		emit_scalar(emitter, "", YAML_PLAIN_SCALAR_STYLE);
		break;
	case json_type_string:
		text = json_object_get_string(value);
		emit_scalar(emitter, text,
		    needs_quotes(text) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE
				       : YAML_ANY_SCALAR_STYLE);
		break;
	default:
		emit_scalar(emitter, json_object_to_json_string(value),
		    YAML_PLAIN_SCALAR_STYLE);
	}
}

const char *
yaml_write(struct arena *a, struct json_object *value)
{
	yaml_emitter_t emitter;
	yaml_event_t event;
	struct buf text;

	buf_init(&text, a);
	if (!yaml_emitter_initialize(&emitter))
		errx(EXIT_FAILURE, "out of memory");
	yaml_emitter_set_output(&emitter, append, &text);
	yaml_emitter_set_unicode(&emitter, 1);
	yaml_emitter_set_width(&emitter, 100);
	emit(&emitter, &event,
	    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
	emit(&emitter, &event,
	    yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1));
	emit_value(&emitter, value);
	emit(&emitter, &event, yaml_document_end_event_initialize(&event, 1));
	emit(&emitter, &event, yaml_stream_end_event_initialize(&event));
	yaml_emitter_delete(&emitter);
	return text.data;
}

/* --- Reading */

struct reading {
	struct arena *arena;
	const char *path;
	yaml_document_t document;
};

static struct json_object *
refuse(const struct reading *r, const yaml_node_t *node, const char *reason)
{
	warnx("%s:%zu: %s", r->path, node->start_mark.line + 1, reason);
	return NULL;
}

static bool read_node(
    struct reading *, int index, int depth, struct json_object **value);

static struct json_object *
read_mapping(struct reading *r, const yaml_node_t *node, int depth)
{
	struct json_object *object = json_object_new_object(), *value;
	const yaml_node_pair_t *pair;
	const yaml_node_t *key;
	const char *name;

	json_own(r->arena, object);
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		key = yaml_document_get_node(&r->document, pair->key);
		if (key->type != YAML_SCALAR_NODE)
			return refuse(r, key, "a key must be a text");
		name = (const char *)key->data.scalar.value;
		if (json_object_object_get_ex(object, name, NULL))
			return refuse(r, key, "the key occurs twice");
		if (!read_node(r, pair->value, depth, &value))
			return NULL;
		json_share(object, name, value);
	}
	return object;
}

static struct json_object *
read_sequence(struct reading *r, const yaml_node_t *node, int depth)
{
	struct json_object *array = json_object_new_array(), *value;
	const yaml_node_item_t *item;

	json_own(r->arena, array);
	for (item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		if (!read_node(r, *item, depth, &value))
			return NULL;
		json_append(array, value);
	}
	return array;
}

/* Reads a node. Returns false on an error. The value of "null" is NULL. */
static bool
read_node(struct reading *r, int index, int depth, struct json_object **value)
{
	const yaml_node_t *node = yaml_document_get_node(&r->document, index);
	const char *text;

	*value = NULL;
	if (depth == DEPTH_MAX)
		return refuse(r, node, "too many levels") != NULL;
	if (node->type == YAML_MAPPING_NODE)
		*value = read_mapping(r, node, depth + 1);
	else if (node->type == YAML_SEQUENCE_NODE)
		*value = read_sequence(r, node, depth + 1);
	else {
		text = (const char *)node->data.scalar.value;
		if (strlen(text) != node->data.scalar.length)
			return refuse(r, node, "a NUL byte in a text") != NULL;
		if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		    (*text == '\0' || strcmp(text, "~") == 0 ||
			strcmp(text, "null") == 0))
			return true;
		*value = json_object_new_string(text);
		json_own(r->arena, *value);
	}
	return *value != NULL;
}

struct json_object *
yaml_read(struct arena *a, const char *path, const char *text)
{
	struct reading r = { .arena = a, .path = path };
	struct json_object *value = NULL;
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		errx(EXIT_FAILURE, "out of memory");
	yaml_parser_set_input_string(
	    &parser, (const unsigned char *)text, strlen(text));
	if (!yaml_parser_load(&parser, &r.document)) {
		warnx("%s:%zu: %s", path, parser.problem_mark.line + 1,
		    parser.problem != NULL ? parser.problem : "invalid YAML");
	} else {
		if (yaml_document_get_root_node(&r.document) == NULL)
			warnx("%s: is empty", path);
		else if (!read_node(&r, 1, 0, &value))
			value = NULL;
		yaml_document_delete(&r.document);
	}
	yaml_parser_delete(&parser);
	return value;
}
