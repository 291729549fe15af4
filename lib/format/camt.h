#ifndef CAMT_H
#define CAMT_H

#include <stddef.h>

struct arena;

/* A transfer by the organization, as a bank statement reports it. */
struct camt_entry {
	const char *reference; /* EndToEndId */
	const char *status;    /* "paid"; "failed": the bank returned it */
	const char *amount;    /* decimal, "12.50" */
	const char *currency;
	const char *reason; /* the bank's reason for a return, or NULL */
};

typedef void camt_fn(void *to, const struct camt_entry *);

/*
 * Parses a bank statement, camt.053 (ISO 20022) of any version, and calls take
 * for each booked transfer with an EndToEndId. A debit is a paid transfer, and
 * a returned credit is a failed transfer. Returns NULL or, if the text is
 * refused, the code of the refusal, and stores the line of the fault. Document
 * type declarations are refused, so that no entities can be defined.
 */
const char *camt_read(struct arena *, const char *text, size_t len,
    camt_fn *take, void *to, long *line);

#endif
