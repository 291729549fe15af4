#ifndef PARAMETERS_H
#define PARAMETERS_H

struct buf;
struct route;

/* Writes a route's parameters in the path, the query string and the headers. */
void parameters_put(struct buf *, const struct route *);

#endif
