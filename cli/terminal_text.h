#ifndef TERMINAL_TEXT_H
#define TERMINAL_TEXT_H

struct arena;

/*
 * Text from elsewhere as a terminal may show it: with "?" for what would
 * command it.  "" for NULL.
 */
const char *terminal_text(struct arena *, const char *);

#endif
