/* Reads account statements in the camt.053 format (ISO 20022). */

#include <expat.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/format/camt.h"

#ifndef HAVE_EXPAT_64
#define XML_GetCurrentLineNumber64 XML_GetCurrentLineNumber
#endif

#define SEPARATOR '\n' /* between namespace and name; occurs in neither */
#define DEPTH_MAX 32
#define TEXT_MAX  2000

/* The fields of an account entry, or of a transfer in it. */
struct said {
	const char *amount;
	const char *currency;
	const char *side; /* "DBIT" or "CRDT" */
};

struct camt_reader {
	XML_Parser parser;
	struct arena *arena;
	camt_fn *take;
	void *to;
	const char *fault; /* the code of a refusal */
	const char *path[DEPTH_MAX];
	int depth;
	bool statement;
	bool booked;
	struct said entry, transfer;
	struct camt_entry found;
	const char *currency; /* currency of the current amount */
	struct buf text;
};

static void
stop(struct camt_reader *r, const char *fault)
{
	r->fault = fault;
	XML_StopParser(r->parser, XML_FALSE);
}

/* Returns true if the ancestor that is this many levels up has this name. */
static bool
is_in(const struct camt_reader *r, int up, const char *name)
{
	return r->depth > up && strcmp(r->path[r->depth - 1 - up], name) == 0;
}

static void
begin_element(void *own, const XML_Char *name, const XML_Char **attributes)
{
	struct camt_reader *r = own;
	const char *local = strchr(name, SEPARATOR);

	if (r->depth == DEPTH_MAX) {
		stop(r, "camt_nested");
		return;
	}
	r->path[r->depth++] =
	    arena_strdup(r->arena, local != NULL ? local + 1 : name);
	buf_init(&r->text, r->arena);
	if (is_in(r, 0, "BkToCstmrStmt"))
		r->statement = true;
	else if (is_in(r, 0, "Ntry")) {
		r->entry = (struct said){ .amount = NULL };
		r->booked = false;
	} else if (is_in(r, 0, "TxDtls")) {
		r->transfer = (struct said){ .amount = NULL };
		r->found = (struct camt_entry){ .reference = NULL };
	}
	for (; is_in(r, 0, "Amt") && *attributes != NULL; attributes += 2)
		if (strcmp(attributes[0], "Ccy") == 0)
			r->currency = arena_strdup(r->arena, attributes[1]);
}

static void
take_text(void *own, const XML_Char *text, int len)
{
	struct camt_reader *r = own;

	if (r->text.len + (size_t)len <= TEXT_MAX)
		buf_write(&r->text, text, (size_t)len);
}

/* Ends a transfer. A transfer without an amount has its entry's amount. */
static void
end_transfer(struct camt_reader *r)
{
	const struct said *s =
	    r->transfer.amount != NULL ? &r->transfer : &r->entry;
	const char *side =
	    r->transfer.side != NULL ? r->transfer.side : r->entry.side;
	bool returned = r->found.status != NULL;

	if (!r->booked || r->found.reference == NULL || side == NULL ||
	    s->amount == NULL || (strcmp(side, "CRDT") == 0) != returned)
		return;
	r->found.status = returned ? "failed" : "paid";
	r->found.amount = s->amount;
	r->found.currency = s->currency;
	r->take(r->to, &r->found);
}

static void
read_value(struct camt_reader *r, const char *value)
{
	struct said *s = is_in(r, 1, "TxDtls") || is_in(r, 1, "TxAmt")
	    ? &r->transfer
	    : is_in(r, 1, "Ntry") ? &r->entry
				  : NULL;

	if (is_in(r, 0, "EndToEndId") && is_in(r, 2, "TxDtls"))
		r->found.reference = value;
	else if (s != NULL && is_in(r, 0, "CdtDbtInd"))
		s->side = value;
	else if (s != NULL && is_in(r, 0, "Amt") && s->amount == NULL) {
		s->amount = value;
		s->currency = r->currency;
	} else if ((is_in(r, 0, "Sts") && is_in(r, 1, "Ntry")) ||
	    (is_in(r, 0, "Cd") && is_in(r, 1, "Sts") && is_in(r, 2, "Ntry")))
		r->booked |= strcmp(value, "BOOK") == 0;
	else if (is_in(r, 0, "Cd") && is_in(r, 2, "RtrInf"))
		r->found.reason = value;
	else if (is_in(r, 0, "RtrInf"))
		r->found.status = "failed";
	else if (is_in(r, 0, "TxDtls"))
		end_transfer(r);
}

static void
end_element(void *own, const XML_Char *name)
{
	struct camt_reader *r = own;

	(void)name;
	read_value(r, arena_strndup(r->arena, r->text.data, r->text.len));
	buf_init(&r->text, r->arena);
	r->depth--;
}

static void
refuse_doctype(void *own, const XML_Char *name, const XML_Char *system,
    const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(own, "camt_doctype");
}

const char *
camt_read(struct arena *a, const char *text, size_t len, camt_fn *take,
    void *to, long *line)
{
	struct camt_reader r = { .arena = a, .take = take, .to = to };

	r.parser = XML_ParserCreateNS(NULL, SEPARATOR);
	if (r.parser == NULL)
		fatal("camt: out of memory");
	buf_init(&r.text, a);
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, begin_element, end_element);
	XML_SetCharacterDataHandler(r.parser, take_text);
	XML_SetStartDoctypeDeclHandler(r.parser, refuse_doctype);
	if (XML_Parse(r.parser, text, (int)len, XML_TRUE) != XML_STATUS_OK &&
	    r.fault == NULL)
		r.fault = "camt_invalid";
	if (r.fault == NULL && !r.statement)
		r.fault = "camt_statement";
	*line = (long)XML_GetCurrentLineNumber64(r.parser);
	XML_ParserFree(r.parser);
	return r.fault;
}
