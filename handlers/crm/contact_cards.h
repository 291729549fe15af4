#ifndef CONTACT_CARDS_H
#define CONTACT_CARDS_H

/* Contacts as vCards; shared by contacts.c and who else shows them so. */
extern const struct export_format contact_cards;

#endif
