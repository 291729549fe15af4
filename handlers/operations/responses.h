#ifndef RESPONSES_H
#define RESPONSES_H

struct buf;
struct route;

/* What a route answers, as OpenAPI says it; shared by openapi.c. */
void responses_put(struct buf *, const struct route *);

#endif
