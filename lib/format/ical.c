/* Writes iCalendar feeds (RFC 5545). */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/format/contentwriter.h"
#include "lib/format/ical.h"

static void
put_line(struct buf *b, const char *line)
{
	content_end(b, content_begin(b, line));
}

/* Writes a value without escaping; nothing if it is NULL. */
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
	put_line(b, "METHOD:PUBLISH");
	content_put(b, "NAME:", name);
	content_put(b, "X-WR-CALNAME:", name);
	put_line(b, "REFRESH-INTERVAL;VALUE=DURATION:PT15M");
	put_line(b, "X-PUBLISHED-TTL:PT15M");
}

void
ical_put(struct buf *b, const struct ical_entry *e)
{
	bool task = strcmp(e->kind, "VTODO") == 0;

	put_plain(b, "BEGIN:", e->kind);
	content_put(b, "UID:", e->uid);
	put_plain(b, "DTSTAMP:", e->stamp);
	put_plain(b, "LAST-MODIFIED:", e->stamp);
	put_plain(b, task ? "DUE" : "DTSTART", e->starts);
	if (!task)
		put_plain(b, "DTEND", e->ends);
	content_put(b, "SUMMARY:", e->summary);
	content_put(b, "LOCATION:", e->place);
	content_put(b, "DESCRIPTION:", e->about);
	put_plain(b, "STATUS:", e->status);
	put_plain(b, "COMPLETED:", e->done);
	put_plain(b, "END:", e->kind);
}

void
ical_end(struct buf *b)
{
	put_line(b, "END:VCALENDAR");
}
