#ifndef CAMT_H
#define CAMT_H

#include <stddef.h>

struct arena;

/* A transfer of ours in a statement of an account. */
struct camt_entry {
	const char *reference; /* EndToEndId */
	const char *status;    /* "paid"; "failed": it came back */
	const char *amount;    /* decimal, "12.50" */
	const char *currency;
	const char *reason; /* why it came back, or NULL */
};

typedef void camt_fn(void *to, const struct camt_entry *);

/*
 * Parses a bank statement of ISO 20022, camt.053 of any version, and calls take
 * for each booked transfer with an EndToEndId: debits are paid, credits that
 * are returns have failed. Returns the fault of the text, or NULL. Refuses
 * document type declarations, and so custom entities.
 */
const char *camt_read(
    struct arena *, const char *text, size_t len, camt_fn *take, void *to);

#endif
