#ifndef PAYMENT_PROVIDER_H
#define PAYMENT_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct http_reply;
struct http_request;
struct json_object;

/* A request to a payment provider. A retry has the same idempotency_key. */
struct payment_call {
	const char *kind; /* "charge", "cancel", "refund" or "find_refund" */
	const char *key;  /* the organization's API key */
	const char *idempotency_key;
	/*
	 * Texts: organization, payment, amount (in minor units), currency,
	 * method, customer, description, and object, which is the provider's ID
	 * for the payment, if there is one. For a refund, amount is the
	 * refunded amount, and refund is the local ID. "find_refund" lists the
	 * refunds of object after the refund whose provider ID is "after".
	 */
	const struct json_object *parameters;
};

struct payment_answer {
	/*
	 * "succeeded", "failed", "cancelled" or "refunded": a result, which an
	 * event may revert. "pending": an event will report the result.
	 * "refused": nothing was done. "listed": refunds is set. NULL: the call
	 * must be retried.
	 */
	const char *outcome;
	const char *object; /* the provider's ID for the payment, or NULL */
	const char *refund; /* the provider's ID for the refund, or NULL */
	const char *reason; /* or NULL */
	/* A page of refunds, as in read_event(), or NULL. */
	struct json_object *refunds;
	/* The last refund; NULL: there are no more refunds. */
	const char *after;
};

/*
 * A payment provider. To add a provider, write a file with a struct of this
 * type, and add it to the list in payment_provider.c.
 */
struct payment_provider {
	/* Identifies the provider in accounts and payment methods. */
	const char *name;
	/* Base URL of the provider's API, without a trailing slash. */
	const char *url;
	const char *const *test_keys; /* prefixes of test mode keys */

	/* Sets path, headers and body of the request. */
	void (*write)(struct arena *, const struct payment_call *,
	    const char *url, struct http_request *);
	void (*read)(struct arena *, const struct payment_call *,
	    const struct http_reply *, struct payment_answer *);

	/* Returns true if the provider recently signed the body. */
	bool (*signed_by)(struct arena *, const char *secret,
	    const char *signature, const char *body, size_t len, long long now);
	/*
	 * {"id", "kind", "at", "object", "organization", "payment"} with
	 * "outcome", "amount", "currency" and "reason", or with "dispute", or
	 * with "refund", or, for all refunds of the payment, with "refunded".
	 * NULL: the event is irrelevant.
	 */
	struct json_object *(*read_event)(
	    struct arena *, const struct json_object *event);
};

/* Returns NULL if there is no provider with this name. */
const struct payment_provider *payment_provider_named(const char *);

extern const struct payment_provider stripe;

#endif
