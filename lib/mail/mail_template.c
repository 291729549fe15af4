/* Renders mail templates as plain text and as HTML. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/mail/mail_template.h"

#define FILE_MAX 65536

enum format { FORMAT_LINE, FORMAT_TEXT, FORMAT_HTML };

/* The state of rendering one email. */
struct rendering {
	struct arena *arena;
	const struct mail_draft *draft;
	const char *subject; /* set for the frame only, like body */
	const char *body;
	const char *why; /* the first error, or NULL */
};

static void
set_error(struct rendering *w, const char *what, const char *about)
{
	if (w->why == NULL)
		w->why = arena_printf(w->arena, "%s \"%s\"", what, about);
}

static const char *
file_read(struct rendering *w, const char *path)
{
	char *text = arena_alloc(w->arena, FILE_MAX + 1);
	FILE *f = fopen(path, "re");
	size_t len = 0;
	bool whole = false;

	if (f != NULL) {
		len = fread(text, 1, FILE_MAX, f);
		whole = ferror(f) == 0 && fgetc(f) == EOF;
		fclose(f);
	}
	text[len] = '\0';
	if (!whole)
		set_error(w, "cannot read the template", path);
	return text;
}

/*
 * Returns true for a name without dots and slashes, because the name becomes
 * part of a path.
 */
static bool
name_valid(const char *name)
{
	return *name != '\0' &&
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

static const char *
template_read(struct rendering *w)
{
	const struct mail_draft *d = w->draft;

	if (!name_valid(d->template) || !name_valid(d->language)) {
		set_error(w, "no such template", d->template);
		return "";
	}
	return file_read(w,
	    arena_printf(
		w->arena, "%s/%s.%s.txt", d->folder, d->template, d->language));
}

/*
 * Returns the length in bytes of an unprintable character at p, or 0.
 * Unprintable characters are control characters, line and paragraph separators,
 * and bidirectional controls.
 */
static size_t
unprintable(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	if (u[0] < ' ' || u[0] == 0x7f)
		return 1;
	if (u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f)
		return 2;
	if (u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0xa8 && u[2] <= 0xae)
		return 3;
	if (u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9)
		return 3;
	return 0;
}

static void
put_char(struct buf *out, enum format format, char c)
{
	const char *entity = c == '&' ? "&amp;"
	    : c == '<'                ? "&lt;"
	    : c == '>'                ? "&gt;"
	    : c == '"'                ? "&quot;"
	    : c == '\''               ? "&#39;"
				      : NULL;

	if (format == FORMAT_HTML && entity != NULL)
		buf_puts(out, entity);
	else
		buf_write(out, &c, 1);
}

static void
put_value(struct buf *out, enum format format, const char *value)
{
	size_t n;

	while (*value != '\0') {
		n = unprintable(value);
		put_char(out, format, n > 0 ? ' ' : *value);
		value += n > 0 ? n : 1;
	}
}

/* Returns the value of a placeholder. */
static const char *
get_value(struct rendering *w, const char *name)
{
	const char *value = NULL;

	if (strcmp(name, "site") == 0)
		value = w->draft->site;
	else if (strcmp(name, "recipient") == 0)
		value = w->draft->recipient;
	else if (strcmp(name, "language") == 0)
		value = w->draft->language;
	else if (strcmp(name, "subject") == 0 && w->subject != NULL)
		value = w->subject; /* set only for the frame */
	else if (w->draft->data != NULL)
		value = json_get_text(w->draft->data, name);
	if (value == NULL)
		set_error(w, "no value for placeholder", name);
	return value == NULL ? "" : value;
}

/* Returns the name of the placeholder "{{name}}" at p, or NULL. */
static const char *
placeholder_at(
    struct rendering *w, const char *p, const char *end, const char **after)
{
	const char *close;

	if (end - p < 4 || memcmp(p, "{{", 2) != 0)
		return NULL;
	close = memmem(p + 2, (size_t)(end - p - 2), "}}", 2);
	if (close == NULL) {
		set_error(w, "a placeholder has no end in template",
		    w->draft->template);
		return NULL;
	}
	*after = close + 2;
	return arena_strndup(w->arena, p + 2, (size_t)(close - p - 2));
}

/* Writes each text in a list as a line. */
static bool
put_lines(
    struct rendering *w, struct buf *out, enum format format, const char *name)
{
	static const char *const breaks[] = { ", ", "\n", "<br>\n" };
	struct json_object *list = NULL;
	const char *line;
	size_t i, n;
	bool present;

	if (w->draft->data != NULL)
		list = json_get(w->draft->data, name, &present);
	if (!json_object_is_type(list, json_type_array))
		return false;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		line =
		    json_object_get_string(json_object_array_get_idx(list, i));
		if (i > 0)
			buf_puts(out, breaks[format]);
		put_value(out, format, line != NULL ? line : "");
	}
	return true;
}

/* Writes the template's text with its placeholders filled in. */
static void
put_filled(struct rendering *w, struct buf *out, enum format format,
    const char *p, const char *end)
{
	const char *name;

	while (p < end)
		if ((name = placeholder_at(w, p, end, &p)) == NULL)
			put_char(out, format, *p++);
		else if (!put_lines(w, out, format, name))
			put_value(out, format, get_value(w, name));
}

static const char *
fill_text(
    struct rendering *w, enum format format, const char *p, const char *end)
{
	struct buf out;

	buf_init(&out, w->arena);
	put_filled(w, &out, format, p, end);
	return out.data;
}

/*
 * Returns the target of the link. Allows only http and https, so that a link
 * never runs a script.
 */
static const char *
link_target(struct rendering *w)
{
	const char *url = get_value(w, "url");

	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
		set_error(w, "no http or https URL in", "url");
	return "{{url}}";
}

/* Writes a paragraph that ends with the line {{url}} as a link. */
static void
put_link(struct rendering *w, struct buf *html, const char *p, const char *end)
{
	const char *target = link_target(w);

	while (end > p && (end[-1] == '\n' || end[-1] == ':' || end[-1] == ' '))
		end--;
	buf_puts(html, "<p><a href=\"");
	put_filled(w, html, FORMAT_HTML, target, target + strlen(target));
	buf_puts(html, "\">");
	put_filled(w, html, FORMAT_HTML, p, end);
	buf_puts(html, "</a></p>\n");
}

static bool
ends_with(const char *p, const char *end, const char *line)
{
	size_t len = strlen(line);

	return (size_t)(end - p) >= len && memcmp(end - len, line, len) == 0;
}

static void
put_paragraph(
    struct rendering *w, struct buf *html, const char *p, const char *end)
{
	if (ends_with(p, end, "\n{{url}}")) {
		put_link(w, html, p, end - strlen("{{url}}"));
		return;
	}
	buf_puts(html,
	    ends_with(p, end, "{{code}}") && end - p == 8 ? "<p class=\"code\">"
							  : "<p>");
	put_filled(w, html, FORMAT_HTML, p, end);
	buf_puts(html, "</p>\n");
}

static const char *
body_html(struct rendering *w, const char *p)
{
	const char *end;
	struct buf html;

	buf_init(&html, w->arena);
	for (;;) {
		p += strspn(p, "\n");
		if (*p == '\0')
			return html.data;
		if ((end = strstr(p, "\n\n")) == NULL)
			end = p + strlen(p);
		while (end[-1] == '\n')
			end--;
		put_paragraph(w, &html, p, end);
		p = end;
	}
}

/*
 * Fills in the frame. The frame and the body are already HTML, so only values
 * are escaped.
 */
static const char *
frame_html(struct rendering *w)
{
	const char *p = file_read(
	    w, arena_printf(w->arena, "%s/frame.html", w->draft->folder));
	const char *end = p + strlen(p), *name;
	struct buf html;

	buf_init(&html, w->arena);
	while (p < end)
		if ((name = placeholder_at(w, p, end, &p)) == NULL)
			buf_write(&html, p++, 1);
		else if (strcmp(name, "body") == 0)
			buf_puts(&html, w->body);
		else
			put_value(&html, FORMAT_HTML, get_value(w, name));
	return html.data;
}

bool
mail_template_render(struct arena *a, const struct mail_draft *draft,
    struct mail_message_text *message, const char **why)
{
	struct rendering w = { .arena = a, .draft = draft };
	const char *text = template_read(&w), *body;

	if (w.why == NULL &&
	    (strncmp(text, "Subject: ", 9) != 0 ||
		(body = strstr(text, "\n\n")) == NULL))
		set_error(
		    &w, "no subject or no body in template", draft->template);
	if ((*why = w.why) != NULL)
		return false;
	message->subject = fill_text(&w, FORMAT_LINE, text + 9, body);
	body += 2;
	message->text = fill_text(&w, FORMAT_TEXT, body, body + strlen(body));
	w.subject = message->subject;
	w.body = body_html(&w, body);
	message->html = frame_html(&w);
	return (*why = w.why) == NULL;
}

const char *
mail_template_site(
    struct arena *a, const char *sender_name, const char *base_url)
{
	const char *host = strstr(base_url, "://");

	if (*sender_name != '\0')
		return sender_name;
	host = host == NULL ? base_url : host + 3;
	return arena_strndup(a, host, strcspn(host, "/"));
}

const char *
mail_template_folder(void)
{
	const char *set = getenv("TENANTRY_MAIL_TEMPLATES");

	return set != NULL && *set != '\0' ? set : PKGDATADIR "/mail";
}
