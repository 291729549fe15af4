#ifndef CONTACT_CARDS_H
#define CONTACT_CARDS_H

/* Contacts as vCards; shared by the export and CardDAV. */
extern const struct export_format contact_cards;

#endif
