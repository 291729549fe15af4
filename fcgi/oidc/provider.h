#ifndef PROVIDER_H
#define PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct arena;
struct config;
struct key;

enum provider_kind {
	PROVIDER_OIDC,   /* an issuer of ID tokens */
	PROVIDER_OAUTH,  /* says who somebody is at its userinfo URL */
	PROVIDER_GITHUB, /* the same, in its own manner */
};

/* Whom the provider may bring that nobody here knows yet. */
enum provider_signup {
	SIGNUP_YES,   /* who may sign up anyway */
	SIGNUP_ASKED, /* of these, who says that they want to */
	SIGNUP_NO,
};

/* Where a provider is spoken to; "" where it has no such place. */
struct endpoints {
	const char *authorize;
	const char *token;
	const char *userinfo;
	const char *keys;
	const char *end_session;
	bool basic;     /* the client's secret goes into a header */
	bool names_iss; /* its callbacks say who sent them */
};

/* The keys an issuer signs with, as it published them. */
struct key_ring {
	struct arena *memory; /* NULL until the first are fetched */
	struct key *keys;
	size_t nkeys;
	int64_t fetched; /* when, in microseconds of the monotonic clock */
};

/* Who vouches for people, by the settings. */
struct provider {
	const char *id; /* "google" */
	enum provider_kind kind;
	const char *issuer; /* of PROVIDER_OIDC, else "" */
	const char *client_id;
	const char *client_secret; /* "": a public client */
	const char *scopes;        /* separated by blanks */
	const char *extra;         /* more of the authorization URL, or "" */
	enum provider_signup signup;
	bool trusted;    /* an address it says nothing about is verified */
	bool discovered; /* its endpoints are asked for, not set */
	struct endpoints at;

	/* What this worker has found out; the time is as of a key ring. */
	struct arena *memory;
	int64_t found;
	struct key_ring ring;
};

/* Read before any fork; each worker then finds out for itself. */
struct providers {
	struct provider *list;
	size_t n;
};

/* Reports every bad setting; false if there is one. */
bool providers_load(struct providers *, struct arena *, const struct config *);
void providers_usage(FILE *);

/* Gives back what a worker has found out. */
void providers_free(struct providers *);

/* NULL for a name that no setting tells of. */
struct provider *provider_find(struct providers *, const char *id);

/* True for a URL that fetch() may be sent to. */
bool provider_url(const struct config *, const char *url);

#endif
