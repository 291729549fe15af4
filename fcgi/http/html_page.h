#ifndef HTML_PAGE_H
#define HTML_PAGE_H

#include <stdbool.h>

struct request;
struct response;

/* A page for a person, which works without scripts. */
struct html_page {
	const char *title, *text; /* plain text */
	const char *action;       /* URL that the button posts to, or NULL */
	const char *link;         /* path of the button, or NULL */
	const char *button;
};

/* Returns true if the client asks for HTML, as a browser does for a page. */
bool html_page_wanted(const struct request *);

void html_page_respond(
    struct response *, struct request *, int status, const struct html_page *);

#endif
