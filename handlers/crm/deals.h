#ifndef DEALS_H
#define DEALS_H

#include "lib/base/problem.h"
#include "lib/db/step.h"

struct request;
struct response;

/*
 * Moves a row on the board and responds with all rows that moved. The step has
 * the SQL. This function sets the step's five or six parameters: the id, the
 * stage, the position, the neighbors before and after which to place the row,
 * and the pipeline.
 */
enum problem_code deal_move(struct request *, struct response *,
    const char *resource, struct db_step) MUST_CHECK;

/* Puts an archived row back on the board. The step's parameter is the id. */
enum problem_code deal_unarchive(struct request *, struct response *,
    const char *resource, struct db_step) MUST_CHECK;

/* Responds with a row's stages, oldest first. */
enum problem_code deal_stages(struct request *, struct response *) MUST_CHECK;

#endif
