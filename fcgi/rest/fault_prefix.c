/* Completes the paths of faults that a part of a body has caused. */

#include "fcgi/http/request.h"
#include "fcgi/rest/fault_prefix.h"
#include "lib/base/arena.h"

static void
put(struct request *rq, struct fault_prefix prefix, const char **path,
    const char **text)
{
	*path = arena_printf(rq->arena, "%s%s", prefix.path, *path);
	*text = arena_printf(rq->arena, "%s%s", prefix.text, *text);
}

void
fault_prefix_put(struct request *rq, fault_prefix_fn *prefix_of, const void *of)
{
	struct problem *p = &rq->problem;
	struct fault *f;

	for (f = p->faults; f != NULL; f = f->next)
		put(rq, prefix_of(rq, of, f->path), &f->path, &f->detail);
	if (p->field != NULL && p->detail != NULL)
		put(rq, prefix_of(rq, of, p->field), &p->field, &p->detail);
}
