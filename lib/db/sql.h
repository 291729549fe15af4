#ifndef SQL_H
#define SQL_H

/*
 * Text that may be sent to the server.  SQL() takes a literal and nothing
 * else; only statement.c, which knows no client text, builds one otherwise.
 * Values travel in params, never in the text.
 */
struct sql {
	const char *text;
};
#define SQL(literal) ((struct sql){ "" literal })

#endif
