#ifndef VCARD_H
#define VCARD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct content_reader;

/* Bounds of one card from outside. */
#define VCARD_MAX   3145728 /* bytes, a picture of 2 MiB among them */
#define VCARD_LINES 10000
#define VCARD_LIST  200 /* addresses; as many numbers; as many categories */

/* An e-mail address or a telephone number. */
struct vcard_entry {
	const char *kind; /* "Work", "Home" or "Other" */
	const char *value;
};

/* Whom a vCard is about (RFC 6350); what it does not tell is NULL. */
struct vcard {
	const char *version;
	const char *uid;
	const char *revised;    /* REV */
	const char *full_name;  /* FN */
	const char *first_name; /* given and additional names */
	const char *last_name;  /* family names, with suffixes behind */
	const char *gender;     /* "male", "female", or a text */
	const char *title;
	const char *organization; /* the first part of ORG */
	const char *note;         /* several ones as paragraphs */
	const char *url;          /* one of LinkedIn before others */
	const char *birthday;     /* as it is written */
	const char *photo;        /* an address, or data:image/...;base64, */
	struct vcard_entry *emails;
	size_t nemails;
	struct vcard_entry *phones;
	size_t nphones;
	const char **categories;
	size_t ncategories;
	/* Of a card that was read. */
	bool group;        /* it is about an organization or a list of people */
	size_t offset;     /* where it begins in the file */
	size_t end;        /* where the next one is to be looked for */
	long line;         /* of a bad one: the number of the line that ... */
	const char *fault; /* "holds a control character" */
};

enum vcard_status { VCARD_ONE, VCARD_END, VCARD_BAD };

/*
 * The next card of a file, in version 4.0, 3.0, or the common forms of 2.1.  A
 * bad one is passed over, told by fault and line, and the file goes on behind
 * it.  A later reader may begin where a card has its end.
 */
enum vcard_status vcard_read(
    struct content_reader *, struct arena *, struct vcard *);

enum vcard_version { VCARD_3, VCARD_4 };

/* The version of that name, "3.0" or "4.0"; false for any other. */
bool vcard_version(const char *name, enum vcard_version *);

/* The card as a reader takes it back; its names make an FN where it has none. */
void vcard_write(struct buf *, const struct vcard *, enum vcard_version);

#endif
