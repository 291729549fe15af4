#ifndef PROVIDER_H
#define PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct config;
struct jose_key;

enum provider_kind {
	PROVIDER_OIDC,   /* OpenID Connect with ID tokens */
	PROVIDER_OAUTH,  /* OAuth 2.0 with a userinfo endpoint */
	PROVIDER_GITHUB, /* OAuth 2.0 with GitHub's API */
};

/*
 * Whether unknown users may sign up with the provider. SIGNUP must allow this,
 * too.
 */
enum provider_signup {
	SIGNUP_YES,
	SIGNUP_ASKED, /* only if the client requests sign-up */
	SIGNUP_NO,
};

/* A provider's endpoints. A missing endpoint is "". */
struct endpoints {
	const char *authorize;
	const char *token;
	const char *userinfo;
	const char *keys;
	const char *end_session;
	bool basic;     /* client_secret_basic, not client_secret_post */
	bool names_iss; /* callbacks have the iss parameter (RFC 9207) */
};

/* An issuer's cached signing keys (JWKS). */
struct key_ring {
	struct arena *memory; /* NULL: not fetched yet */
	const struct jose_key **keys;
	size_t nkeys;
	int64_t fetched; /* clock_us() */
};

/* An identity provider. */
struct provider {
	const char *id;    /* "google" */
	const char *label; /* "Google", for buttons */
	enum provider_kind kind;
	const char *issuer; /* the issuer of PROVIDER_OIDC, otherwise "" */
	const char *client_id;
	const char *client_secret; /* "": a public client */
	const char *scopes;        /* separated by spaces */
	/* For the query of the authorization URL, or "". */
	const char *extra;
	const char *groups; /* the claim with the groups, or NULL */
	/* Fetch groups from userinfo if the ID token lacks them. */
	bool fetch_groups;
	enum provider_signup signup;
	/* An address counts as verified without email_verified. */
	bool trusted;
	bool discovered; /* the endpoints come from the issuer's metadata */
	struct endpoints at;

	/* This worker's caches. */
	struct arena *memory; /* owns the discovered endpoints */
	int64_t found;        /* clock_us() of the discovery */
	struct key_ring ring;
};

/* Loaded before any fork. Each worker fills the caches. */
struct providers {
	struct provider *list;
	size_t n;
};

/*
 * Reads the settings. Prints all errors to stderr and returns false if there
 * are any.
 */
bool providers_load(struct providers *, struct arena *, const struct config *);

/* Prints the provider settings with their descriptions. */
void providers_usage(FILE *);

/* Frees a worker's caches. */
void providers_free(struct providers *);

/* Returns the provider with this name, or NULL. */
struct provider *provider_find(struct providers *, const char *id);

/*
 * Returns true for an HTTPS URL, or an HTTP URL if private providers are
 * allowed.
 */
bool provider_url(const struct config *, const char *url);

#endif
