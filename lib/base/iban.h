#ifndef IBAN_H
#define IBAN_H

struct arena;

/*
 * Returns an International Bank Account Number (ISO 13616) in upper case
 * without spaces, or NULL if its length or its check digits are invalid.
 */
const char *iban_read(struct arena *, const char *text);

#endif
