/* Opens an upload body as a file. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http/body_file.h"
#include "fcgi/http/gateway.h"
#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"

enum problem_code
body_file_unreadable(struct request *rq)
{
	bool denied = errno == EACCES;

	log_error("upload file=%s error=\"%s\"", rq->headers.body_file,
	    strerror(errno));
	if (denied)
		return request_refuse(rq, "body_unreadable");
	return request_refuse(rq, "upload_unreadable");
}

/* Saves the body to a file, as nginx does with Tenantry's configuration. */
static enum problem_code
save_body(struct request *rq, long left, struct spool *body)
{
	FILE *file = spool_temporary(rq->arena);
	char piece[SPOOL_PIECE];
	ssize_t got;

	if (file == NULL)
		return body_file_unreadable(rq);
	for (; left > 0; left -= got) {
		got = gateway_read(rq->gateway, piece,
		    left < SPOOL_PIECE ? (size_t)left : SPOOL_PIECE);
		if (got <= 0)
			return request_refuse(rq, "body_truncated");
		if (fwrite(piece, 1, (size_t)got, file) != (size_t)got)
			return body_file_unreadable(rq);
	}
	return spool_written(file, body) ? PROBLEM_NONE
					 : body_file_unreadable(rq);
}

enum problem_code
body_file_open(struct request *rq, long max, struct spool *body)
{
	const struct headers *h = &rq->headers;
	long len;

	if (*h->body_file != '\0')
		return spool_open(rq->arena, h->body_file, body)
		    ? PROBLEM_NONE
		    : body_file_unreadable(rq);
	len = strtol(h->content_length, NULL, 10);
	if (*h->content_length == '\0' || (h->assisted && len == 0))
		return request_refuse(rq, "file_missing");
	if (len > max)
		return request_refuse(
		    rq, "body_too_large", NULL, request_number(rq, max));
	return save_body(rq, len, body);
}
