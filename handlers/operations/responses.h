#ifndef RESPONSES_H
#define RESPONSES_H

struct buf;
struct route;

/* Writes the responses of a route. */
void responses_put(struct buf *, const struct route *);

#endif
