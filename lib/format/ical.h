#ifndef ICAL_H
#define ICAL_H

struct buf;

/* An event or a task of a calendar (RFC 5545); what there is none of is NULL. */
struct ical_entry {
	const char *kind; /* "VEVENT" or "VTODO" */
	const char *uid;
	const char *stamp;  /* when it was changed, "20270101T100000Z" */
	const char *starts; /* ":20270101T100000Z" or ";VALUE=DATE:20270101" */
	const char *ends;   /* likewise; a task is due when it starts */
	const char *summary;
	const char *place;
	const char *about;
	const char *status;
	const char *done; /* when */
};

void ical_begin(struct buf *, const char *name);
void ical_put(struct buf *, const struct ical_entry *);
void ical_end(struct buf *);

#endif
