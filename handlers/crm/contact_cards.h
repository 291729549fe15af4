#ifndef CONTACT_CARDS_H
#define CONTACT_CARDS_H

/* Contacts as vCards, for exports and for CardDAV. */
extern const struct export_format contact_cards;

#endif
