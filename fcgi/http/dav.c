/* Parses the XML bodies of WebDAV and CardDAV requests (RFC 4918, RFC 6352). */

#include <expat.h>
#include <string.h>

#include "fcgi/http/dav.h"
#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

#define SEPARATOR '\n' /* between namespace and name; occurs in neither */

struct dav_reader {
	XML_Parser parser;
	struct arena *arena;
	struct dav_query *q;
	const char *fault;
	int depth;
	int prop; /* depth of the element DAV:prop, or 0 */
	bool href;
	bool filter;
	struct buf text;
};

bool
dav_is(const struct dav_name *n, const char *ns, const char *name)
{
	return n->name != NULL && strcmp(n->ns, ns) == 0 &&
	    strcmp(n->name, name) == 0;
}

static void
stop_parser(struct dav_reader *r, const char *fault)
{
	r->fault = fault;
	XML_StopParser(r->parser, XML_FALSE);
}

static struct dav_name
split_name(struct arena *a, const char *name)
{
	const char *end = strchr(name, SEPARATOR);

	if (end == NULL)
		return (struct dav_name){ "", arena_strdup(a, name) };
	return (struct dav_name){ arena_strndup(a, name, (size_t)(end - name)),
		arena_strdup(a, end + 1) };
}

static const char *
get_attribute(const XML_Char **list, const char *name)
{
	for (; *list != NULL; list += 2)
		if (strcmp(list[0], name) == 0)
			return list[1];
	return NULL;
}

/* Returns true for a vCard property that every card has. */
static bool
is_required_property(const char *name)
{
	return name != NULL &&
	    (strcmp(name, "FN") == 0 || strcmp(name, "N") == 0 ||
		strcmp(name, "UID") == 0 || strcmp(name, "VERSION") == 0);
}

/* Adds a requested property. */
static void
add_prop(struct dav_reader *r, struct dav_name n, const XML_Char **attributes)
{
	const char *version = get_attribute(attributes, "version");

	if (r->q->nprops == DAV_PROPS) {
		stop_parser(r, "too many properties");
		return;
	}
	r->q->props[r->q->nprops++] = n;
	if (version != NULL && dav_is(&n, DAV_CARDS, "address-data"))
		r->q->version = arena_strdup(r->arena, version);
}

static void
begin_element(void *own, const XML_Char *name, const XML_Char **attributes)
{
	struct dav_reader *r = own;
	struct dav_name n = split_name(r->arena, name);

	if (++r->depth > DAV_DEPTH)
		stop_parser(r, "elements are nested too deeply");
	else if (r->depth == 1)
		r->q->root = n;
	else if (r->prop > 0 && r->depth == r->prop + 1)
		add_prop(r, n, attributes);
	else if (r->filter)
		r->q->filtered |= r->depth > 3 ||
		    !dav_is(&n, DAV_CARDS, "prop-filter") ||
		    !is_required_property(get_attribute(attributes, "name"));
	else if (r->depth != 2)
		return;
	else if (dav_is(&n, DAV_CARDS, "filter"))
		r->filter = true;
	else if (dav_is(&n, DAV_NS, "prop")) {
		r->prop = r->depth;
		r->q->all = false;
	} else if (dav_is(&n, DAV_NS, "propname"))
		r->q->names = true;
	else if (dav_is(&n, DAV_NS, "href")) {
		r->href = true;
		buf_init(&r->text, r->arena);
	}
}

static void
end_element(void *own, const XML_Char *name)
{
	struct dav_reader *r = own;

	(void)name;
	if (r->depth == 2)
		r->filter = false;
	if (r->prop == r->depth)
		r->prop = 0;
	if (r->href && r->depth == 2) {
		r->href = false;
		if (r->q->nhrefs == DAV_HREFS)
			stop_parser(r, "too many hrefs");
		else
			r->q->hrefs[r->q->nhrefs++] = r->text.data;
	}
	r->depth--;
}

static void
take_text(void *own, const XML_Char *text, int len)
{
	struct dav_reader *r = own;

	if (r->href && r->depth == 2)
		buf_write(&r->text, text, (size_t)len);
}

static void
refuse_doctype(void *own, const XML_Char *name, const XML_Char *system,
    const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop_parser(own, "document type declarations are not allowed");
}

static void
free_parser(void *parser)
{
	XML_ParserFree(parser);
}

enum problem_code
dav_read(struct request *rq, struct dav_query *q)
{
	struct dav_reader r = { .arena = rq->arena, .q = q };

	*q = (struct dav_query){ .all = true };
	if (rq->body_len == 0)
		return PROBLEM_NONE;
	q->props = arena_array(rq->arena, DAV_PROPS, sizeof *q->props);
	q->hrefs = arena_array(rq->arena, DAV_HREFS, sizeof *q->hrefs);
	r.parser = XML_ParserCreateNS(NULL, SEPARATOR);
	if (r.parser == NULL)
		return request_refuse(rq, "out_of_memory");
	arena_defer(rq->arena, free_parser, r.parser);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, begin_element, end_element);
	XML_SetCharacterDataHandler(r.parser, take_text);
	XML_SetStartDoctypeDeclHandler(r.parser, refuse_doctype);
	if (XML_Parse(r.parser, rq->body, (int)rq->body_len, XML_TRUE) ==
	    XML_STATUS_OK)
		return PROBLEM_NONE;
	return request_refuse(rq, "body_xml_invalid", NULL,
	    r.fault != NULL ? r.fault
			    : XML_ErrorString(XML_GetErrorCode(r.parser)));
}

void
dav_text(struct buf *b, const char *s)
{
	size_t n;

	for (;;) {
		n = strcspn(s,
		    "<>&\"\r\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e"
		    "\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b"
		    "\x1c\x1d\x1e\x1f\xef");
		buf_write(b, s, n);
		s += n;
		if (*s == '\0')
			return;
		if (strncmp(s, "\xef\xbf\xbe", 3) == 0 ||
		    strncmp(s, "\xef\xbf\xbf", 3) == 0) {
			buf_puts(b, "?");
			s += 3;
			continue;
		}
		if (*s == '\xef')
			buf_write(b, s, 1);
		else
			buf_puts(b,
			    *s == '<'        ? "&lt;"
				: *s == '>'  ? "&gt;"
				: *s == '&'  ? "&amp;"
				: *s == '"'  ? "&quot;"
				: *s == '\r' ? "&#13;"
					     : "?");
		s++;
	}
}
