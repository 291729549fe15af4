#ifndef PARAMETERS_H
#define PARAMETERS_H

struct buf;
struct route;

/*
 * Writes the parameters of a route in the path, the query string and the
 * headers.
 */
void parameters_put(struct buf *, const struct route *);

#endif
