#ifndef VERIFICATIONS_H
#define VERIFICATIONS_H

struct arena;

/*
 * The label of the encrypted file of evidence, see secretstream_seal(): what it
 * is about, so that it cannot be that of another.
 */
const char *evidence_label(struct arena *, const char *id);

#endif
