#ifndef PRISMA_H
#define PRISMA_H

struct arena;

/*
 * Translates a Prisma schema into SQL that creates its enumerations, tables,
 * primary keys and foreign keys, with the names and types of Prisma Migrate.
 */
const char *prisma_sql(struct arena *, const char *schema);

#endif
