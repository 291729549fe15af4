#ifndef CARD_NUMBER_H
#define CARD_NUMBER_H

#include <stdbool.h>

/*
 * Returns true if a text may have the number of a payment card: 13 to 19
 * digits, in groups with up to two separators between them, that begin with 2
 * to 6 and end with the check digit of Luhn's formula. The database has the
 * same rule.
 */
bool card_number_in(const char *text);

#endif
