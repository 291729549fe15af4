/* Writes iCalendar feeds (RFC 5545). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/format/contentwriter.h"
#include "lib/format/ical.h"

static void
put_line(struct buf *b, const char *line)
{
	content_end(b, content_begin(b, line));
}

/* Writes a value without escaping it. Writes nothing if the value is NULL. */
static void
put_plain(struct buf *b, const char *name, const char *value)
{
	size_t begun;

	if (value == NULL)
		return;
	begun = content_begin(b, name);
	buf_puts(b, value);
	content_end(b, begun);
}

void
ical_begin(struct buf *b, const char *name)
{
	put_line(b, "BEGIN:VCALENDAR");
	put_line(b, "VERSION:2.0");
	put_line(b, "PRODID:-//Tenantry//Calendar//EN");
	put_line(b, "CALSCALE:GREGORIAN");
	content_put(b, "NAME:", name);
	content_put(b, "X-WR-CALNAME:", name);
	put_line(b, "REFRESH-INTERVAL;VALUE=DURATION:PT15M");
	put_line(b, "X-PUBLISHED-TTL:PT15M");
}

/*
 * Writes a parameter value in quotes. Quotes inside the value are escaped (RFC
 * 6868).
 */
static void
put_param(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, ";%s=\"", name);
	for (; *value != '\0'; value++)
		if (*value == '"')
			buf_puts(b, "^'");
		else if (*value == '^')
			buf_puts(b, "^^");
		else if ((unsigned char)*value >= ' ')
			buf_write(b, value, 1);
	buf_puts(b, "\"");
}

static void
put_person(struct buf *b, struct json_object *person)
{
	const char *name = json_get_text(person, "name");
	const char *status = json_get_text(person, "status");
	size_t begun = content_begin(b, json_get_text(person, "role"));

	if (name != NULL && *name != '\0')
		put_param(b, "CN", name);
	if (status != NULL)
		buf_printf(b, ";PARTSTAT=%s", status);
	buf_puts(b, ":mailto:");
	content_put_uri(b, json_get_text(person, "address"));
	content_end(b, begun);
}

/* Writes an alarm some minutes before an event starts or a task is due. */
static void
put_alarm(struct buf *b, const struct ical_entry *e, int64_t minutes)
{
	bool task = strcmp(e->kind, "VTODO") == 0;
	size_t begun;

	put_line(b, "BEGIN:VALARM");
	put_line(b, "ACTION:DISPLAY");
	begun = content_begin(b, task ? "TRIGGER;RELATED=END:" : "TRIGGER:");
	buf_printf(b, "-PT%lldM", (long long)minutes);
	content_end(b, begun);
	content_put(b, "DESCRIPTION:", e->summary);
	put_line(b, "END:VALARM");
}

void
ical_put(struct buf *b, const struct ical_entry *e)
{
	bool task = strcmp(e->kind, "VTODO") == 0;
	size_t i;

	put_plain(b, "BEGIN:", e->kind);
	content_put(b, "UID:", e->uid);
	put_plain(b, "DTSTAMP:", e->stamp);
	put_plain(b, "LAST-MODIFIED:", e->stamp);
	put_plain(b, "SEQUENCE:", e->sequence);
	put_plain(b, task ? "DUE" : "DTSTART", e->starts);
	if (!task)
		put_plain(b, "DTEND", e->ends);
	content_put(b, "SUMMARY:", e->summary);
	content_put(b, "LOCATION:", e->place);
	content_put(b, "DESCRIPTION:", e->about);
	put_plain(b, "STATUS:", e->status);
	put_plain(b, "COMPLETED:", e->done);
	for (i = 0;
	     e->people != NULL && i < json_object_array_length(e->people); i++)
		put_person(b, json_object_array_get_idx(e->people, i));
	for (i = 0;
	     e->reminders != NULL && i < json_object_array_length(e->reminders);
	     i++)
		put_alarm(b, e,
		    json_object_get_int64(
			json_object_array_get_idx(e->reminders, i)));
	put_plain(b, "END:", e->kind);
}

void
ical_end(struct buf *b)
{
	put_line(b, "END:VCALENDAR");
}
