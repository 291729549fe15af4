#ifndef FAULTY_BODY_H
#define FAULTY_BODY_H

#include <stdbool.h>

struct arena;
struct fault;
struct json_object;

/*
 * A copy of a body without its faulty members. Trials run with the copy, and
 * find further faults. Elements of a list are removed alone, so paths in the
 * copy can differ from those in the body.
 */
struct faulty_body {
	struct arena *arena;
	struct json_object *given; /* the body of the client */
	struct json_object *rest;  /* the copy */
	/* The paths that were set aside: true for those with a stand-in. */
	struct json_object *aside;
	struct removed *removed; /* the elements of lists that were removed */
};

void faulty_body_init(
    struct faulty_body *, struct arena *, struct json_object *given);

/* Removes faults from a list if an earlier fault has the same path. */
void faulty_body_once(struct fault *);

/* Returns a value that a member may have, or NULL to remove the member. */
typedef struct json_object *stand_in_fn(const void *of, const struct fault *);

/*
 * Replaces the paths in the copy with those in the body of the client, and sets
 * the faulty members aside. Returns the new faults, at most `most`, and omits
 * those that only the changes of the copy have caused. Sets *changed to false
 * if the copy is as before, so that another trial would find nothing.
 */
struct fault *faulty_body_take(struct faulty_body *, struct fault *,
    unsigned long most, stand_in_fn *, const void *of, bool *changed);

#endif
