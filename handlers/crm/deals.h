#ifndef DEALS_H
#define DEALS_H

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/*
 * Moves a row on the board and responds with all that moved.  The step has the
 * SQL, and five or six parameters, which this sets: the id, the stage, the
 * place, the neighbours before and after which the row is put, the pipeline.
 */
enum problem_code deal_move(struct request *, struct response *,
    const char *resource, struct db_step) MUST_CHECK;

/* Puts an archived row back on the board.  The step does so by its id. */
enum problem_code deal_unarchive(struct request *, struct response *,
    const char *resource, struct db_step) MUST_CHECK;

/* Responds with the stages of a row, the oldest first. */
enum problem_code deal_stages(struct request *, struct response *) MUST_CHECK;

#endif
