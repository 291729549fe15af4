#ifndef VCARD_PROPERTY_H
#define VCARD_PROPERTY_H

struct arena;
struct content_line;
struct vcard;

/*
 * Adds to a card what a line says of it; the line is passed over where nothing
 * of ours is in it.  NULL, or what is wrong with it.
 */
const char *property_take(
    struct arena *, struct vcard *, const struct content_line *);

#endif
