#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>

struct arena;
struct json_object;
struct migration;
struct verdict;

/*
 * What a verb ends with, on standard output: go or no-go, the reasons, and the
 * next command.  With json, nothing but an object with these.
 */
struct verdict *verdict_begin(struct arena *, bool json);

/* Adds a reason, so that the verdict is a no-go. */
void verdict_refuse(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a line, unless the output is JSON. */
void verdict_say(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a question, on standard error if the output is JSON. */
void verdict_ask(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a member of the object in JSON: a number, a text, or a tree that it shares. */
void verdict_number(struct migration *, const char *name, long long value);
void verdict_text(struct migration *, const char *name, const char *value);
void verdict_member(
    struct migration *, const char *name, struct json_object *value);

/* The next command is this verb of the journey, regardless of the table. */
void verdict_next(struct migration *, const char *verb);

/* True if a reason was added. */
bool verdict_is_no_go(const struct migration *);

/*
 * Prints the verdict. The next command is that for success or for failure, NULL
 * for none, unless verdict_next() was called.
 */
void verdict_print(struct migration *, const char *verb, bool failed,
    const char *next, const char *next_of_failure);

#endif
