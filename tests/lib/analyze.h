/*
 * Facts that clang-tidy cannot know, because it reads one file at a time:
 * request_fail() and similar functions never return PROBLEM_NONE, and
 * arena_printf() never returns NULL. analyze.sh includes this header before
 * each file, except files that define these functions. REQUESTS is defined for
 * the layers that may include request.h.
 */
#ifndef ANALYZE_H
#define ANALYZE_H

#include <stddef.h>

#include "lib/base/arena.h"

static inline char *
never_null(char *text)
{
	if (text == NULL)
		__builtin_unreachable();
	return text;
}

#define arena_printf(...) never_null(arena_printf(__VA_ARGS__))

#ifdef REQUESTS
#include "fcgi/http/request.h"
#include "fcgi/http/session.h"

static inline enum problem_code
never_none(enum problem_code code)
{
	if (code == PROBLEM_NONE)
		__builtin_unreachable();
	return code;
}

#define request_fail(...)         never_none(request_fail(__VA_ARGS__))
#define request_fail_field(...)   never_none(request_fail_field(__VA_ARGS__))
#define request_refuse_words(...) never_none(request_refuse_words(__VA_ARGS__))
#define request_fail_store(...)   never_none(request_fail_store(__VA_ARGS__))
#define request_fail_better_auth(...)                                          \
	never_none(request_fail_better_auth(__VA_ARGS__))
#define session_refuse(...) never_none(session_refuse(__VA_ARGS__))
#endif

#endif
