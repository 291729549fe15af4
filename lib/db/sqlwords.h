#ifndef SQLWORDS_H
#define SQLWORDS_H

#include <stdbool.h>

/*
 * The lists of names that sqlguard.h allows, and one list of names that it
 * rejects.
 */
enum sqlwords {
	/* Relations, functions and types of the operators' console. */
	SQLWORDS_CATALOG,
	SQLWORDS_CATALOG_FUNCTIONS,
	SQLWORDS_CATALOG_TYPES,
	SQLWORDS_FUNCTIONS,
	SQLWORDS_NODES,       /* node types of the parse tree */
	SQLWORDS_OWN_COLUMNS, /* columns of set-returning functions */
	/* Functions that take one row: not allowed as columns. */
	SQLWORDS_ROW_FUNCTIONS,
	SQLWORDS_TIMES, /* CURRENT_DATE and similar */
	SQLWORDS_TYPES, /* target types of casts */
};

/* Returns true if the list contains the word. */
bool sqlwords_have(enum sqlwords, const char *word);

#endif
