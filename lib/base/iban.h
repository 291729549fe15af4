#ifndef IBAN_H
#define IBAN_H

struct arena;

/*
 * An International Bank Account Number (ISO 13616) without blanks, in upper
 * case; NULL if its length or its check digits are invalid.
 */
const char *iban_read(struct arena *, const char *text);

#endif
