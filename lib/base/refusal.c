/* The API's refusals: their codes, texts, causes and remedies. */

#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/refusal.h"

/* Sorted by code. */
static const struct refusal refusals[] = {
#include "lib/base/refusals.inc"
};

#define REFUSALS (sizeof refusals / sizeof refusals[0])

const struct refusal *
refusal_at(size_t n)
{
	return n < REFUSALS ? &refusals[n] : NULL;
}

static int
compare(const void *code, const void *refusal)
{
	return strcmp(code, ((const struct refusal *)refusal)->code);
}

const struct refusal *
refusal_find(const char *code)
{
	return bsearch(code, refusals, REFUSALS, sizeof refusals[0], compare);
}

/*
 * Returns the length of the longest listed SQLSTATE or class that is a prefix
 * of state.
 */
static size_t
match(const char *states, const char *state)
{
	size_t len, best = 0;

	for (; *states != '\0'; states += len + (states[len] == ' ')) {
		len = strcspn(states, " ");
		if (len > best && strncmp(states, state, len) == 0)
			best = len;
	}
	return best;
}

const struct refusal *
refusal_of_state(const char *state, const char *text)
{
	const struct refusal *r, *found = NULL;
	size_t len, best = 0;

	for (r = refusals; r < refusals + REFUSALS; r++) {
		/* The text distinguishes errors with the same state. */
		len = 2 * match(r->states, state) + (r->said != NULL);
		if (len > best && match(r->states, state) > 0 &&
		    (r->said == NULL || strstr(text, r->said) != NULL)) {
			found = r;
			best = len;
		}
	}
	return found;
}

const char *
refusal_text(struct arena *a, const char *text, const char *const *arguments,
    size_t count)
{
	struct buf b;
	size_t n;

	buf_init(&b, a);
	for (; *text != '\0'; text++)
		if (text[0] == '{' && text[1] >= '1' && text[1] <= '9' &&
		    text[2] == '}') {
			n = (size_t)(text[1] - '1');
			buf_puts(&b, n < count ? arguments[n] : "");
			text += 2;
		} else
			buf_write(&b, text, 1);
	return b.data != NULL ? b.data : "";
}

enum problem_code
refusal_problem(const struct refusal *r)
{
	return r->kind != NULL ? problem_of_slug(r->kind)
			       : problem_of_status(r->status);
}

const char *
refusal_type(const struct refusal *r)
{
	return r->type != NULL ? r->type
			       : problem_kind_of(refusal_problem(r))->slug;
}
