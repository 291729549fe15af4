#ifndef ROWS_H
#define ROWS_H

struct arena;
struct column;
struct db_step;
struct buf;

/*
 * The rows of a step as a JSON array of objects, member by member as
 * row_to_json() writes them: PostgreSQL takes twice as long for a page.  The
 * columns of the result are those of the descriptor, in its order, selected
 * by rows_select().
 */
void rows_json(struct buf *, const struct column *, const struct db_step *);

/* "t.a, t.b", each in the form that rows_json() reads. */
void rows_select(struct buf *, const struct column *);

#endif
