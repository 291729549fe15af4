#ifndef TERMINAL_TEXT_H
#define TERMINAL_TEXT_H

struct arena;

/*
 * Untrusted text for the terminal, with "?" for each control character, or ""
 * for NULL.
 */
const char *terminal_text(struct arena *, const char *);

#endif
