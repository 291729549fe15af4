#ifndef SQLWORDS_H
#define SQLWORDS_H

#include <stdbool.h>

/* What sqlguard.h lets through, by name; all else is refused. */
enum sqlwords {
	SQLWORDS_FUNCTIONS,
	SQLWORDS_NODES,       /* of the parser's tree */
	SQLWORDS_OWN_COLUMNS, /* of functions that nothing else names */
	SQLWORDS_TABLES,      /* to write to */
	SQLWORDS_TIMES,       /* CURRENT_DATE and its like */
	SQLWORDS_TYPES,       /* to cast to */
};

bool sqlwords_have(enum sqlwords, const char *word);

#endif
