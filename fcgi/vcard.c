#include <string.h>
#include <strings.h>

#include "arena.h"
#include "contentline.h"
#include "vcard.h"
#include "vcard_property.h"

#define PASSED_MAX 256 /* kept of a line in what is too large */

struct reading {
	struct content_reader *from;
	struct arena *arena;
	struct vcard *card;
	size_t left; /* bytes that the card may still have */
	long lines;
	bool agent; /* the next line may begin a card within the card */
	int depth;  /* of cards within the card */
};

static bool
is_mark(const struct content_line *l, const char *name)
{
	return strcmp(l->name, name) == 0 &&
	    strncasecmp(l->value, "VCARD", 5) == 0 &&
	    l->value[5 + strspn(l->value + 5, " \t")] == '\0';
}

static void
blame(struct reading *r, long line, const char *fault)
{
	if (fault == NULL || r->card->fault != NULL)
		return;
	r->card->fault = fault;
	r->card->line = line;
}

/* The next line, within what the card may still have. */
static enum content_status
next_line(struct reading *r, struct content_line *l)
{
	size_t before = r->from->offset, read;
	const char *fault = NULL;
	enum content_status status;

	if (r->lines++ == VCARD_LINES) {
		blame(r, r->from->lines, "has too many lines");
		return CONTENT_END;
	}
	r->card->end = before;
	status = content_next(r->from, r->arena,
	    r->left > PASSED_MAX ? r->left : PASSED_MAX, l, &fault);
	read = r->from->offset - before;
	r->left -= read < r->left ? read : r->left;
	if (status == CONTENT_BAD)
		blame(r, l->number, fault);
	return status;
}

/* Up to the first line of a card; false at the end of the file. */
static bool
find_card(struct reading *r)
{
	struct content_line l;
	enum content_status status;

	if (r->from->begun) {
		r->from->begun = false;
		return true;
	}
	while ((status = next_line(r, &l)) != CONTENT_END) {
		r->card->offset = r->card->end;
		if (status == CONTENT_LINE && is_mark(&l, "BEGIN"))
			break;
		blame(r, l.number, "stands outside of a card");
	}
	return status != CONTENT_END;
}

/* True for the line that ends the card. */
static bool
ends(struct reading *r, const struct content_line *l)
{
	if (is_mark(l, "END"))
		return r->depth-- == 0;
	if (!is_mark(l, "BEGIN")) {
		r->agent = strcmp(l->name, "AGENT") == 0;
		if (r->depth == 0)
			blame(
			    r, l->number, property_take(r->arena, r->card, l));
		return false;
	}
	if (r->agent || r->depth > 0) {
		r->depth++;
		return false;
	}
	blame(r, l->number, "begins a card before the other one has ended");
	r->from->begun = true;
	return true;
}

static void
read_lines(struct reading *r)
{
	enum content_status status;
	struct content_line l;

	while ((status = next_line(r, &l)) != CONTENT_END)
		if (status == CONTENT_LINE && ends(r, &l))
			break;
	if (status == CONTENT_END)
		blame(r, r->from->lines,
		    "is the last one, and the card has no end");
	if (!r->from->begun)
		r->card->end = r->from->offset;
}

/* True where the full name is no person's but stands in for one. */
static bool
stands_in(const struct vcard *card)
{
	const char *name = card->full_name;

	return (card->organization != NULL &&
		   strcmp(name, card->organization) == 0) ||
	    (card->nemails > 0 && strcmp(name, card->emails[0].value) == 0) ||
	    (card->nphones > 0 && strcmp(name, card->phones[0].value) == 0);
}

/* A person who has a full name alone: the last word is the family's. */
static void
complete(struct reading *r)
{
	struct vcard *card = r->card;
	const char *blank;

	if (card->first_name != NULL || card->last_name != NULL ||
	    card->full_name == NULL || stands_in(card))
		return;
	blank = strrchr(card->full_name, ' ');
	card->last_name = blank != NULL ? blank + 1 : card->full_name;
	if (blank != NULL && blank[1] == '\0')
		card->last_name = card->full_name;
	else if (blank != NULL && blank > card->full_name)
		card->first_name = arena_strndup(r->arena, card->full_name,
		    (size_t)(blank - card->full_name));
}

static bool
known_version(const struct vcard *card)
{
	static const char *const versions[] = { "2.1", "3.0", "4.0" };
	size_t i;

	for (i = 0; card->version != NULL && i < 3; i++)
		if (strcmp(card->version, versions[i]) == 0)
			return true;
	return card->version == NULL;
}

enum vcard_status
vcard_read(struct content_reader *from, struct arena *a, struct vcard *card)
{
	struct reading r = {
		.from = from, .arena = a, .card = card, .left = VCARD_MAX
	};
	size_t begun = from->begun_at;

	*card = (struct vcard){ .offset = begun,
		.emails = arena_array(a, VCARD_LIST, sizeof *card->emails),
		.phones = arena_array(a, VCARD_LIST, sizeof *card->phones),
		.categories =
		    arena_array(a, VCARD_LIST, sizeof *card->categories) };
	if (!find_card(&r)) {
		card->end = from->offset;
		return card->fault != NULL ? VCARD_BAD : VCARD_END;
	}
	if (card->fault !=
	    NULL) { /* told first, and the card by the next call */
		from->begun = true;
		from->begun_at = card->offset;
		card->end = card->offset;
		return VCARD_BAD;
	}
	r.depth = 0;
	read_lines(&r);
	if (from->begun)
		from->begun_at = card->end;
	if (!known_version(card))
		blame(&r, from->lines, "ends a card of a version not known");
	complete(&r);
	if (card->first_name == NULL && card->last_name == NULL &&
	    card->organization == NULL && card->nemails == 0 &&
	    card->nphones == 0)
		blame(&r, from->lines, "ends a card of nobody");
	return card->fault != NULL ? VCARD_BAD : VCARD_ONE;
}
