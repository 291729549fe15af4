#ifndef VCARD_H
#define VCARD_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct buf;
struct content_reader;

/* Limits per card. */
#define VCARD_MAX   3145728 /* bytes, enough for a picture of 2 MiB */
#define VCARD_LINES 10000
/* Maximum number of addresses, of phone numbers and of categories. */
#define VCARD_LIST 200

/* An email address or a phone number. */
struct vcard_entry {
	const char *kind; /* "Work", "Home" or "Other" */
	const char *value;
};

/* A vCard (RFC 6350). Missing properties are NULL. */
struct vcard {
	const char *version;
	const char *uid;
	const char *revised;    /* REV */
	const char *full_name;  /* FN */
	const char *first_name; /* given and additional names */
	const char *last_name;  /* family names and suffixes */
	const char *gender;     /* "male", "female", or a text */
	const char *title;
	const char *organization; /* the first part of ORG */
	const char *note;         /* several notes become paragraphs */
	const char *url;          /* a LinkedIn URL is preferred */
	const char *birthday;     /* unchanged */
	const char *photo;        /* URL, or data:image/...;base64, */
	struct vcard_entry *emails;
	size_t nemails;
	struct vcard_entry *phones;
	size_t nphones;
	const char **categories;
	size_t ncategories;
	/* Set by vcard_read() only. */
	bool group;    /* KIND is not "individual" */
	size_t offset; /* offset of the card in the file */
	/* Offset where the search for the next card begins. */
	size_t end;
	long line; /* line of the error */
	/* For example, "contains a control character". NULL: no error. */
	const char *fault;
};

enum vcard_status { VCARD_ONE, VCARD_END, VCARD_BAD };

/*
 * Reads the next card of a file: version 4.0, version 3.0, or a common form of
 * version 2.1. After VCARD_BAD, fault and line describe the error, and the next
 * call continues after that card. Another reader can start at the end of a
 * card.
 */
enum vcard_status vcard_read(
    struct content_reader *, struct arena *, struct vcard *);

enum vcard_version { VCARD_3, VCARD_4 };

/* Parses "3.0" or "4.0". Returns false for any other version. */
bool vcard_version(const char *name, enum vcard_version *);

/*
 * Writes a card. If FN is NULL, it is derived from other fields, because it is
 * required.
 */
void vcard_write(struct buf *, const struct vcard *, enum vcard_version);

#endif
