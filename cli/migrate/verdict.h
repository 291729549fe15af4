#ifndef VERDICT_H
#define VERDICT_H

#include <stdbool.h>

struct arena;
struct json_object;
struct migration;
struct verdict;

/*
 * Returns the result that a verb prints on standard output: go or no-go, the
 * reasons, and the next command. With json, the verb prints only an object with
 * these members.
 */
struct verdict *verdict_begin(struct arena *, bool json);

/* Adds a reason, which makes the verdict a no-go. */
void verdict_refuse(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a line, unless the output is JSON. */
void verdict_say(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a question, on standard error if the output is JSON. */
void verdict_ask(struct migration *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a member to the JSON object: a number, a text, or a shared tree. */
void verdict_number(struct migration *, const char *name, long long value);
void verdict_text(struct migration *, const char *name, const char *value);
void verdict_member(
    struct migration *, const char *name, struct json_object *value);

/*
 * Sets the next command to this verb of the journey, instead of the verb in the
 * table.
 */
void verdict_next(struct migration *, const char *verb);

/* Returns true if a reason was added. */
bool verdict_is_no_go(const struct migration *);

/*
 * Prints the verdict. Unless verdict_next() was called, the next command is the
 * one for success or for failure. If that verb is NULL, no command is
 * suggested.
 */
void verdict_print(struct migration *, const char *verb, bool failed,
    const char *next, const char *next_of_failure);

#endif
