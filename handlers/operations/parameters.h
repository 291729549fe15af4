#ifndef PARAMETERS_H
#define PARAMETERS_H

struct buf;
struct route;

/* Writes the parameters of a route in path, query string and headers. */
void parameters_put(struct buf *, const struct route *);

#endif
