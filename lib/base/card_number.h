#ifndef CARD_NUMBER_H
#define CARD_NUMBER_H

#include <stdbool.h>

/*
 * Returns true if a text may contain a payment card number: 13 to 19 digits
 * that begin with 2 to 6 and end with a valid Luhn check digit. There may be up
 * to two separators between groups of digits. The database applies the same
 * rule.
 */
bool card_number_in(const char *text);

#endif
