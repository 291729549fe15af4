#ifndef VERIFICATIONS_H
#define VERIFICATIONS_H

struct arena;

/*
 * Returns the label of an encrypted evidence file: see secretstream_seal(). The
 * label is the file's subject, so that no other file can replace it.
 */
const char *evidence_label(struct arena *, const char *id);

#endif
