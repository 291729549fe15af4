#ifndef SQL_H
#define SQL_H

/*
 * SQL text. This type prevents SQL injection: the macro SQL() accepts only
 * string literals, and only statement.c builds other texts, from descriptors.
 * Values are parameters and never part of the text.
 */
struct sql {
	const char *text;
};
#define SQL(literal) ((struct sql){ "" literal })

#endif
