#ifndef PARAMETERS_H
#define PARAMETERS_H

struct buf;
struct route;

/* What a route takes beside its body, as OpenAPI says it; shared by openapi.c. */
void parameters_put(struct buf *, const struct route *);

#endif
