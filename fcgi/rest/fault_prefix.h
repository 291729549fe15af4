#ifndef FAULT_PREFIX_H
#define FAULT_PREFIX_H

struct request;

/* What precedes the path of a fault, and what precedes its text. */
struct fault_prefix {
	const char *path; /* "set." */
	const char *text; /* "set.", or "operations[2]: " */
};

/* Returns the prefix for a member. Both parts are "" if it has none. */
typedef struct fault_prefix fault_prefix_fn(
    struct request *, const void *of, const char *member);

/*
 * Puts a prefix before the paths of all faults in the problem, which a part of
 * the body has caused.
 */
void fault_prefix_put(struct request *, fault_prefix_fn *, const void *of);

#endif
