#ifndef SQL_H
#define SQL_H

/*
 * SQL text.  The macro SQL() accepts string literals only, and apart from it
 * only statement.c builds texts, from descriptors: this type prevents SQL
 * injection.  Values are parameters, never part of the text.
 */
struct sql {
	const char *text;
};
#define SQL(literal) ((struct sql){ "" literal })

#endif
