/* Reads vCards (RFC 2426, RFC 6350) line by line into struct vcard. */

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "lib/base/arena.h"
#include "lib/format/contentline.h"
#include "lib/format/vcard.h"

#define LINE_MIN 256 /* bytes to keep from a line if the card is too large */

#define BLANKS " \t\n"

/* Returns the text value, or NULL if it is blank. */
static const char *
text_value(struct arena *a, const struct content_line *l)
{
	const char *text = content_text(a, l->value);

	return text[strspn(text, BLANKS)] != '\0' ? text : NULL;
}

/* Sets a field once, because the first value of a property takes precedence. */
static void
set_once(const char **member, const char *text)
{
	if (*member == NULL)
		*member = text;
}

static const char *
entry_kind(const struct content_line *l)
{
	if (content_has(l, "TYPE", "work"))
		return "Work";
	return content_has(l, "TYPE", "home") ? "Home" : "Other";
}

/* Trims and adds a text. Ignores a blank text. */
static const char *
add_entry(struct arena *a, const char *kind, const char *text,
    struct vcard_entry *list, size_t *n)
{
	size_t len;

	text += strspn(text, BLANKS);
	if (*text == '\0')
		return NULL;
	if (*n == VCARD_LIST)
		return "exceeds the maximum number of entries";
	for (len = strlen(text); strchr(BLANKS, text[len - 1]) != NULL;)
		len--;
	list[(*n)++] =
	    (struct vcard_entry){ kind, arena_strndup(a, text, len) };
	return NULL;
}

static const char *
take_email(struct arena *a, struct vcard *card, const struct content_line *l)
{
	return add_entry(a, entry_kind(l), content_text(a, l->value),
	    card->emails, &card->nemails);
}

/*
 * Adds a phone number. Accepts a tel: URI. Removes all leading schemes and
 * spaces. Otherwise, a number would change when it is written to a card and
 * read again.
 */
static const char *
take_phone(struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *number = content_text(a, l->value);

	number += strspn(number, BLANKS);
	while (strncasecmp(number, "tel:", 4) == 0) {
		number += 4;
		number += strspn(number, BLANKS);
	}
	return add_entry(
	    a, entry_kind(l), number, card->phones, &card->nphones);
}

static const char *
join_words(struct arena *a, const char *one, const char *other)
{
	if (*one != '\0' && *other != '\0')
		return arena_printf(a, "%s %s", one, other);
	if (*one == '\0')
		one = other;
	return *one != '\0' ? one : NULL;
}

/* Takes N: family; given; additional; prefixes; suffixes. */
static const char *
take_name(struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *parts[5] = { "", "", "", "", "" };

	content_split(a, l->value, ';', parts, 5);
	set_once(&card->last_name, join_words(a, parts[0], parts[4]));
	set_once(&card->first_name, join_words(a, parts[1], parts[2]));
	return NULL;
}

static const char *
take_organization(
    struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *name = "";

	content_split(a, l->value, ';', &name, 1);
	if (*name != '\0')
		set_once(&card->organization, name);
	return NULL;
}

static const char *
take_note(struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *text = text_value(a, l), *had = card->note;

	if (had != NULL && text != NULL)
		card->note = arena_printf(a, "%s\n\n%s", had, text);
	else
		set_once(&card->note, text);
	return NULL;
}

static bool
is_linkedin(const char *url)
{
	return strcasestr(url, "linkedin.") != NULL;
}

static const char *
take_url(struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *text = text_value(a, l);

	if (card->url == NULL ||
	    (text != NULL && is_linkedin(text) && !is_linkedin(card->url)))
		card->url = text;
	return NULL;
}

/*
 * Accepts any text, but spells the two genders that have letters in GENDER in
 * only one way.
 */
static const char *
gender_name(const char *text)
{
	if (strcasecmp(text, "male") == 0)
		return "male";
	return strcasecmp(text, "female") == 0 ? "female" : text;
}

/* Takes GENDER: a letter and a text, both optional. */
static const char *
take_gender(struct arena *a, struct vcard *card, const struct content_line *l)
{
	static const struct {
		char letter;
		const char *name;
	} sexes[] = { { 'M', "male" }, { 'F', "female" }, { 'O', "other" },
		{ 'U', "unknown" } };
	const char *parts[2] = { "", "" };
	size_t i;

	content_split(a, l->value, ';', parts, 2);
	if (*parts[1] != '\0')
		set_once(&card->gender, gender_name(parts[1]));
	for (i = 0; i < sizeof sexes / sizeof *sexes; i++)
		if (toupper((unsigned char)*parts[0]) == sexes[i].letter)
			set_once(&card->gender, sexes[i].name);
	return NULL;
}

/* Takes X-GENDER: any text. vCard 3.0 uses it, because it lacks GENDER. */
static const char *
take_x_gender(struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *text = text_value(a, l);

	if (text != NULL)
		set_once(&card->gender, gender_name(text));
	return NULL;
}

static const char *
take_categories(
    struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *parts[VCARD_LIST];
	size_t n, i;

	n = content_split(a, l->value, ',', parts, VCARD_LIST);
	for (i = 0; i < n; i++) {
		if (i == VCARD_LIST)
			return "has too many parts";
		if (*parts[i] == '\0')
			continue;
		if (card->ncategories == VCARD_LIST)
			return "exceeds the maximum number of entries";
		card->categories[card->ncategories++] = parts[i];
	}
	return NULL;
}

static const char *
take_kind(struct arena *a, struct vcard *card, const struct content_line *l)
{
	(void)a;
	card->group = strcasecmp(l->value, "individual") != 0;
	return NULL;
}

/*
 * Returns true for an encoding. vCard 2.1 can name it like a type, without
 * ENCODING=.
 */
static bool
is_encoding(const char *name)
{
	static const char *const names[] = { "B", "BASE64",
		"QUOTED-PRINTABLE" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/*
 * Returns the subtype: "jpeg" for TYPE=JPEG, bare JPEG, or
 * MEDIATYPE=image/jpeg.
 */
static const char *
picture_type(struct arena *a, const struct content_line *l)
{
	const char *type = content_param(l, "MEDIATYPE");
	size_t i, n = 0;
	char *name;

	for (i = 0; type == NULL && i < l->nparams; i++)
		if (strcmp(l->params[i].name, "TYPE") == 0 &&
		    !is_encoding(l->params[i].value))
			type = l->params[i].value;
	if (type == NULL)
		return "jpeg";
	if (strncasecmp(type, "image/", 6) == 0)
		type += 6;
	name = arena_strdup(a, type);
	while (isalnum((unsigned char)name[n]) || strchr("+-.", name[n]))
		if (name[n] == '\0')
			break;
		else {
			name[n] = (char)tolower((unsigned char)name[n]);
			n++;
		}
	return n > 0 && name[n] == '\0' ? name : NULL;
}

/*
 * Removes spaces and adds missing padding. Returns NULL if the text is not
 * base64.
 */
static const char *
clean_base64(struct arena *a, const char *s)
{
	char *text = arena_alloc(a, strlen(s) + 4);
	size_t n = 0;

	for (; *s != '\0' && *s != '='; s++)
		if (isalnum((unsigned char)*s) || *s == '+' || *s == '/')
			text[n++] = *s;
		else if (*s != ' ' && *s != '\t')
			return NULL;
	if (n == 0 || n % 4 == 1)
		return NULL;
	while (n % 4 != 0)
		text[n++] = '=';
	return text;
}

/*
 * Takes PHOTO: a URL, a data: URL, or base64, which becomes a data: URL.
 * Ignores other values.
 */
static const char *
take_photo(struct arena *a, struct vcard *card, const struct content_line *l)
{
	const char *value = l->value, *type, *bytes;

	if (strncasecmp(value, "http://", 7) == 0 ||
	    strncasecmp(value, "https://", 8) == 0) {
		set_once(&card->photo, content_text(a, value));
		return NULL;
	}
	if (strncasecmp(value, "data:image/", 11) == 0) {
		value += 11;
		bytes = strstr(value, ";base64,");
		type = bytes == NULL
		    ? NULL
		    : arena_strndup(a, value, (size_t)(bytes - value));
		value = bytes == NULL ? "" : bytes + 8;
		if (type != NULL &&
		    strspn(type,
			"abcdefghijklmnopqrstuvwxyz"
			"0123456789+-.") != strlen(type))
			type = NULL;
	} else
		type = picture_type(a, l);
	bytes = clean_base64(a, value);
	if (type != NULL && !is_encoding(type) && bytes != NULL)
		set_once(&card->photo,
		    arena_printf(a, "data:image/%s;base64,%s", type, bytes));
	return NULL;
}

/*
 * The supported properties, each with a function or with the field for its
 * text.
 */
static const struct property {
	const char *name;
	const char *(*take)(
	    struct arena *, struct vcard *, const struct content_line *);
	size_t member;
} properties[] = {
	{ "VERSION", NULL, offsetof(struct vcard, version) },
	{ "UID", NULL, offsetof(struct vcard, uid) },
	{ "REV", NULL, offsetof(struct vcard, revised) },
	{ "FN", NULL, offsetof(struct vcard, full_name) },
	{ "N", take_name, 0 },
	{ "ORG", take_organization, 0 },
	{ "TITLE", NULL, offsetof(struct vcard, title) },
	{ "EMAIL", take_email, 0 },
	{ "TEL", take_phone, 0 },
	{ "URL", take_url, 0 },
	{ "X-SOCIALPROFILE", take_url, 0 },
	{ "NOTE", take_note, 0 },
	{ "CATEGORIES", take_categories, 0 },
	{ "BDAY", NULL, offsetof(struct vcard, birthday) },
	{ "GENDER", take_gender, 0 },
	{ "X-GENDER", take_x_gender, 0 },
	{ "PHOTO", take_photo, 0 },
	{ "KIND", take_kind, 0 },
	{ "X-ADDRESSBOOKSERVER-KIND", take_kind, 0 },
};

/*
 * Adds a property to the card, or ignores an unknown property. Returns the
 * error, or NULL.
 */
static const char *
property_take(struct arena *a, struct vcard *card, const struct content_line *l)
{
	const struct property *p = properties;
	size_t i, n = sizeof properties / sizeof *properties;

	for (i = 0; i < n && strcmp(p[i].name, l->name) != 0; i++)
		;
	if (i == n)
		return NULL;
	if (p[i].take != NULL)
		return p[i].take(a, card, l);
	set_once((const char **)((char *)card + p[i].member), text_value(a, l));
	return NULL;
}

struct card_reader {
	struct content_reader *from;
	struct arena *arena;
	struct vcard *card;
	size_t left; /* remaining bytes of VCARD_MAX */
	long lines;
	bool agent; /* the previous line was AGENT: a nested card may follow */
	int depth;  /* depth of nested cards (AGENT of vCard 2.1) */
};

/* Returns true for "BEGIN:VCARD" or "END:VCARD". */
static bool
is_delimiter(const struct content_line *l, const char *name)
{
	return strcmp(l->name, name) == 0 &&
	    strncasecmp(l->value, "VCARD", 5) == 0 &&
	    l->value[5 + strspn(l->value + 5, " \t")] == '\0';
}

/* Records the first error of the card. */
static void
set_fault(struct card_reader *r, long line, const char *fault)
{
	if (fault == NULL || r->card->fault != NULL)
		return;
	r->card->fault = fault;
	r->card->line = line;
}

/* Reads the next line within the card's limits. */
static enum content_status
next_line(struct card_reader *r, struct content_line *l)
{
	size_t before = r->from->offset, read;
	const char *fault = NULL;
	enum content_status status;

	if (r->lines++ == VCARD_LINES) {
		set_fault(r, r->from->lines, "has too many lines");
		return CONTENT_END;
	}
	r->card->end = before;
	status = content_next(r->from, r->arena,
	    r->left > LINE_MIN ? r->left : LINE_MIN, l, &fault);
	read = r->from->offset - before;
	r->left -= read < r->left ? read : r->left;
	if (status == CONTENT_BAD)
		set_fault(r, l->number, fault);
	return status;
}

/* Skips to the first line of a card. Returns false at the end of the file. */
static bool
find_card(struct card_reader *r)
{
	struct content_line l;
	enum content_status status;

	if (r->from->begun) {
		r->from->begun = false;
		return true;
	}
	while ((status = next_line(r, &l)) != CONTENT_END) {
		r->card->offset = r->card->end;
		if (status == CONTENT_LINE && is_delimiter(&l, "BEGIN"))
			break;
		set_fault(r, l.number, "is outside of a card");
	}
	return status != CONTENT_END;
}

/* Processes a line. Returns true if the line ends the card. */
static bool
process_line(struct card_reader *r, const struct content_line *l)
{
	if (is_delimiter(l, "END"))
		return r->depth-- == 0;
	if (!is_delimiter(l, "BEGIN")) {
		r->agent = strcmp(l->name, "AGENT") == 0;
		if (r->depth == 0)
			set_fault(
			    r, l->number, property_take(r->arena, r->card, l));
		return false;
	}
	if (r->agent || r->depth > 0) {
		r->depth++;
		return false;
	}
	set_fault(
	    r, l->number, "begins a card before the previous card has ended");
	r->from->begun = true;
	return true;
}

static void
read_lines(struct card_reader *r)
{
	enum content_status status;
	struct content_line l;

	while ((status = next_line(r, &l)) != CONTENT_END)
		if (status == CONTENT_LINE && process_line(r, &l))
			break;
	if (status == CONTENT_END)
		set_fault(r, r->from->lines,
		    "is the last line, but the card has no END:VCARD");
	if (!r->from->begun)
		r->card->end = r->from->offset;
}

/*
 * Returns true if the full name repeats the company, email address or phone
 * number.
 */
static bool
is_substitute_name(const struct vcard *card)
{
	const char *name = card->full_name;

	return (card->organization != NULL &&
		   strcmp(name, card->organization) == 0) ||
	    (card->nemails > 0 && strcmp(name, card->emails[0].value) == 0) ||
	    (card->nphones > 0 && strcmp(name, card->phones[0].value) == 0);
}

/* Splits the full name if there is no N. The last word is the last name. */
static void
split_full_name(struct card_reader *r)
{
	struct vcard *card = r->card;
	const char *blank;

	if (card->first_name != NULL || card->last_name != NULL ||
	    card->full_name == NULL || is_substitute_name(card))
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
	struct card_reader r = {
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
	/*
	 * Report the lines before the card now. The next call reads the card.
	 */
	if (card->fault != NULL) {
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
		set_fault(&r, from->lines, "ends a card of an unknown version");
	split_full_name(&r);
	if (card->first_name == NULL && card->last_name == NULL &&
	    card->organization == NULL && card->nemails == 0 &&
	    card->nphones == 0)
		set_fault(&r, from->lines,
		    "ends a card without a name, an organization, an address "
		    "or a number");
	return card->fault != NULL ? VCARD_BAD : VCARD_ONE;
}
