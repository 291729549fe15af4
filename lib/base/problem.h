#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/*
 * The kinds of problem that a client sees (RFC 9457). Functions that may fail
 * return a code. Zero means success.
 */
enum problem_code {
	PROBLEM_NONE = 0,
	PROBLEM_MALFORMED,
	PROBLEM_UNAUTHENTICATED,
	PROBLEM_FORBIDDEN,
	PROBLEM_NOT_FOUND,
	PROBLEM_METHOD,
	PROBLEM_CONFLICT,
	PROBLEM_RUNNING,
	PROBLEM_GONE,
	PROBLEM_STALE,
	PROBLEM_TOO_LARGE,
	PROBLEM_MEDIA_TYPE,
	PROBLEM_INVALID,
	PROBLEM_RESULT_TOO_LARGE, /* the change may have been committed */
	PROBLEM_LIMITED,
	PROBLEM_INTERNAL,
	PROBLEM_UNAVAILABLE,
	PROBLEM_BUSY,
	PROBLEM_TIMEOUT,
	PROBLEM_UNKNOWN,
	PROBLEM_MEMORY,
	PROBLEM_CRASHES,
	PROBLEM_STORAGE,
	PROBLEM_STORAGE_FULL,
	PROBLEM_BETTER_AUTH, /* a Better Auth error: problem.better_auth */
	PROBLEM_REPLAY,      /* no failure: send the stored response */
	PROBLEM_NARROW,      /* no failure: repeat it with limited grants */
	PROBLEM_TRIED,       /* no failure: the trial found no fault */
	PROBLEM__MAX
};

#define FAULTS_MAX 50 /* maximum number of faults in a response */

/* A single fault in a request body. */
struct fault {
	const char *path;      /* "email_jsonb.0.email" */
	const char *detail;    /* includes the path */
	const char *code;      /* the refusal's code */
	const char *arguments; /* a JSON array of the values in the text */
	struct fault *next;
};

struct problem {
	enum problem_code code;
	const char *detail; /* explanation for people; NULL: the title */
	const char *field;  /* the member or parameter at fault, or NULL */
	/*
	 * Better Auth's code for PROBLEM_BETTER_AUTH, otherwise a member's
	 * name, or NULL
	 */
	const char *better_auth;
	struct fault
	    /* All faults in the body, including the first one, or NULL. */
	    *faults;
	const char *refusal; /* the code of a refusal, or NULL */
	/* Arguments for the refusal's text, as a JSON array, or NULL. */
	const char *arguments;
	const char *name; /* replaces the slug of the type, or NULL */
	const char *schema, *table, *constraint; /* a violated CHECK, or NULL */
	const char *allow; /* header Allow, for PROBLEM_METHOD */
	long retry_after;  /* Retry-After header, in seconds; 0: none */
	/*
	 * The limit that refused the request: a number of requests in a number
	 * of seconds.
	 */
	long most, window;
	const char
	    /* The permission that a role lacks, "contacts.update", or NULL. */
	    *permission;
	/* For PROBLEM_NARROW: the fields as JSON, or NULL. */
	const char *limits;
	const char *existing; /* the row with the same value as JSON, or NULL */
	const char *current;  /* the current row as JSON, or NULL */
	const char *etag;     /* the ETag of the current row, or NULL */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/*
 * A problem that a client can receive, as shown on the page that "type" links
 * to.
 */
struct problem_kind {
	int status;
	const char *slug; /* the type is "/problems/slug" */
	const char *title;
	const char *cause;
	const char *retry; /* whether the same request can be retried */
};

/*
 * Returns the nth kind of problem that workers or nginx return, or NULL after
 * the last one.
 */
const struct problem_kind *problem_kind(size_t n);

/*
 * These functions return the HTTP status and the title of a code, and the code
 * for a SQLSTATE.
 */
int problem_status(enum problem_code);
const char *problem_title(enum problem_code);
enum problem_code problem_from_sqlstate(const char *sqlstate);

/*
 * These functions return the first code with this slug, and the first code with
 * this status.
 */
enum problem_code problem_of_slug(const char *slug);
enum problem_code problem_of_status(int status);

/* Returns a code's description. */
const struct problem_kind *problem_kind_of(enum problem_code);

/* Returns true if the caller's roles do not permit the request. */
bool problem_of_role(const struct problem *);

/*
 * Returns the application/problem+json document (RFC 9457), with the members
 * message and errors, which stock react-admin clients read.
 */
const char *problem_json(
    struct arena *, const struct problem *, const char *request_id);

#endif
