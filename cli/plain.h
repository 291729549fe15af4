#ifndef PLAIN_H
#define PLAIN_H

struct arena;

/*
 * Text from elsewhere as a terminal may show it: with "?" for what would
 * command it.  "" for NULL.
 */
const char *plain(struct arena *, const char *);

#endif
