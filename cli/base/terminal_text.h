#ifndef TERMINAL_TEXT_H
#define TERMINAL_TEXT_H

struct arena;

/*
 * Returns untrusted text for the terminal, with "?" for each control character.
 * Returns "" for NULL.
 */
const char *terminal_text(struct arena *, const char *);

#endif
