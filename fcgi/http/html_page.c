/* Builds the small HTML pages that workers send to browsers. */

#include <string.h>

#include "fcgi/http/html_page.h"
#include "fcgi/http/request.h"
#include "fcgi/http/response.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"

bool
html_page_wanted(const struct request *rq)
{
	return strstr(rq->headers.accept, "text/html") != NULL;
}

static void
put_html(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		if (strchr("&<>\"'", *text) != NULL)
			buf_printf(b, "&#%d;", *text);
		else
			buf_write(b, text, 1);
}

static void
put_form(struct buf *b, const struct html_page *page)
{
	buf_puts(b, "<form method=\"post\" action=\"");
	put_html(b, page->action);
	buf_puts(b, "\">\n<button>");
	put_html(b, page->button);
	buf_puts(b, "</button>\n</form>\n");
}

static void
put_link(struct buf *b, const struct request *rq, const struct html_page *page)
{
	buf_printf(b, "<p><a class=\"button\" href=\"%s%s\">",
	    rq->config->base_url, page->link);
	put_html(b, page->button);
	buf_puts(b, "</a></p>\n");
}

/*
 * Responds with a page. Submitting its form requires the Origin header, which
 * browsers omit with "Referrer-Policy: no-referrer". The policy "origin" still
 * keeps the page's path secret.
 */
void
html_page_respond(struct response *rs, struct request *rq, int status,
    const struct html_page *page)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_printf(&b,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"origin\">\n"
	    "<link rel=\"icon\" href=\"data:,\">\n"
	    "<link rel=\"stylesheet\" href=\"%s/style.css\">\n<title>",
	    request_language(rq), rq->config->base_url);
	put_html(&b, page->title);
	buf_puts(&b,
	    "</title>\n</head>\n<body>\n<header>Tenantry</header>\n"
	    "<main>\n<h1>");
	put_html(&b, page->title);
	buf_puts(&b, "</h1>\n<p class=\"lead\">");
	put_html(&b, page->text);
	buf_puts(&b, "</p>\n");
	if (page->action != NULL)
		put_form(&b, page);
	if (page->link != NULL)
		put_link(&b, rq, page);
	buf_puts(&b, "</main>\n</body>\n</html>\n");
	*rs = (struct response){ .status = status,
		.type = "text/html; charset=utf-8",
		.page = true,
		.body = b.data,
		.body_len = b.len };
}
