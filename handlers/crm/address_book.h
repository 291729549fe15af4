#ifndef ADDRESS_BOOK_H
#define ADDRESS_BOOK_H

#include <stdbool.h>

#include "fcgi/http/dav.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "lib/format/vcard.h"

#define BOOK_ROOT  "/carddav/"
#define BOOK_ME    "/carddav/principal/"
#define BOOK_HOME  "/carddav/books/"
#define BOOK_CARDS "/carddav/books/contacts/"

enum place {
	PLACE_ROOT = 1 << 0,
	PLACE_ME = 1 << 1,
	PLACE_BOOKS = 1 << 2,
	PLACE_BOOK = 1 << 3,
	PLACE_CARD = 1 << 4,
};
/* The requested properties and cards. */
struct book_answer {
	struct dav_query q;
	enum vcard_version version;
	bool whole; /* the cards' text is requested */
	bool deep;  /* Depth: 1 */
	unsigned place;
	const char *href;
};

/* Streams the response. */
void book_answer(struct response *, const struct book_answer *);

/* Reads a card by its name. Refuses an unknown name with 404. */
enum problem_code book_card(struct request *, const char *name,
    const char **etag, const char **text) MUST_CHECK;

#endif
