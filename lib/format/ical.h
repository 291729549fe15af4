#ifndef ICAL_H
#define ICAL_H

struct buf;
struct json_object;

/* An event or a task (RFC 5545). Missing fields are NULL. */
struct ical_entry {
	const char *kind; /* "VEVENT" or "VTODO" */
	const char *uid;
	const char *stamp;  /* time of the last change, "20270101T100000Z" */
	const char *starts; /* ":20270101T100000Z" or ";VALUE=DATE:20270101" */
	const char *ends;   /* same format; the DUE of a task is starts */
	const char *summary;
	const char *place;
	const char *about;
	const char *status;
	const char *done;              /* completed, same format as stamp */
	const char *sequence;          /* a number that grows with changes */
	struct json_object *reminders; /* minutes before the start */
	struct json_object *people;    /* [{"role","name","address","status"}]:
	                                  "ORGANIZER" or "ATTENDEE" */
};

/*
 * These functions write the start of a named calendar, an entry, and the end of
 * the calendar.
 */
void ical_begin(struct buf *, const char *name);
void ical_put(struct buf *, const struct ical_entry *);
void ical_end(struct buf *);

#endif
