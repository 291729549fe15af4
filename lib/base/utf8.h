#ifndef UTF8_H
#define UTF8_H

/* Returns the number of characters of a text in UTF-8. */
long utf8_length(const char *);

#endif
