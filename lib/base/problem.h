#ifndef PROBLEM_H
#define PROBLEM_H

struct arena;

/*
 * What can go wrong, as the client sees it (RFC 9457).  Zero is success, so
 * a function that may fail returns a code and its caller tests it bare.
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
	PROBLEM_STALE,
	PROBLEM_TOO_LARGE,
	PROBLEM_MEDIA_TYPE,
	PROBLEM_INVALID,
	PROBLEM_RESULT_TOO_LARGE, /* the answer; what was asked for may be done */
	PROBLEM_LIMITED,
	PROBLEM_INTERNAL,
	PROBLEM_UNAVAILABLE,
	PROBLEM_BUSY,
	PROBLEM_TIMEOUT,
	PROBLEM_UNKNOWN,
	PROBLEM_BETTER_AUTH, /* an error of Better Auth's own, named in better_auth */
	PROBLEM_REPLAY, /* not a failure: a kept answer is to be sent again */
	PROBLEM__MAX
};

struct problem {
	enum problem_code code;
	const char *detail; /* for a person; NULL: the title says it all */
	const char *field;  /* the offending member or parameter, or NULL */
	const char
	    *better_auth;    /* Better Auth's code, for PROBLEM_BETTER_AUTH */
	const char *name;    /* for machines, in place of the kind's, or NULL */
	const char *allow;   /* methods, for PROBLEM_METHOD */
	long retry_after;    /* seconds; 0: not said */
	const char *current; /* the row as it is, as JSON, or NULL */
	const char *etag;    /* of it, or NULL */
};

/* A code that nobody looks at is a bug. */
#define MUST_CHECK __attribute__((warn_unused_result))

int problem_status(enum problem_code);
const char *problem_title(enum problem_code);
enum problem_code problem_from_sqlstate(const char *sqlstate);

/*
 * The application/problem+json document, with message and errors beside
 * RFC 9457's members: stock react-admin clients read those two.
 */
const char *problem_json(
    struct arena *, const struct problem *, const char *request_id);

#endif
