#ifndef RESPONSES_H
#define RESPONSES_H

struct buf;
struct route;

void responses_put(struct buf *, const struct route *);

/* Writes the refusals to which responses_put() refers: "Problem401":{...} */
void responses_put_named(struct buf *);

#endif
