#ifndef VERIFICATIONS_H
#define VERIFICATIONS_H

struct arena;

/*
 * Returns the label of an encrypted evidence file, see secretstream_seal(): the
 * subject of the file, so that the file cannot replace another one.
 */
const char *evidence_label(struct arena *, const char *id);

#endif
