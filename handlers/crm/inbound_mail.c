/* Reads an inbound email: sender, recipients, text and attachments. */

#include <string.h>
#include <strings.h>

#include "fcgi/http/request.h"
#include "handlers/crm/inbound_mail.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/crypto/token.h"
#include "lib/format/html_text.h"
#include "lib/mail/mail_text.h"
#include "lib/mail/person_name.h"

#define PEOPLE_MAX     50  /* maximum number of people per email */
#define CANDIDATES_MAX 100 /* maximum number of addresses in a forwarded text */
#define NAME_LEN_MAX   500 /* bytes; the column holds as many */
#define TEXT_LEN_MAX   1048576
#define ID_LEN_MAX     255

/* Returns true for the address that receives inbound emails. */
static bool
is_ours(const struct request *rq, const char *address)
{
	return address_reaches(rq->config->inbound_email, address);
}

static void
put_member(
    struct buf *b, const char *member, const char *value, const char *next)
{
	buf_printf(b, "\"%s\":", member);
	if (value != NULL)
		buf_json(b, value);
	else
		buf_puts(b, "null");
	buf_puts(b, next);
}

/* Adds a person whom the email concerns. */
static enum problem_code
add_person(struct request *rq, struct inbound_mail *in, const char *name,
    const char *address)
{
	const char *domain = address_domain(address);
	struct person_name p =
	    person_name_from_mailbox(rq->arena, name, address);

	if (strlen(p.first) > NAME_LEN_MAX || strlen(p.last) > NAME_LEN_MAX)
		return request_refuse(rq, "recipient_name_length", NULL,
		    request_number(rq, NAME_LEN_MAX));
	buf_puts(&in->people, in->npeople++ > 0 ? ",{" : "{");
	put_member(&in->people, "email", address, ",");
	put_member(&in->people, "domain", domain, ",");
	put_member(&in->people, "company",
	    company_name_from_domain(rq->arena, domain), ",");
	put_member(&in->people, "first_name", p.first, ",");
	put_member(&in->people, "last_name", p.last, "}");
	return PROBLEM_NONE;
}

/* Reads a recipient's address in lower case. */
static enum problem_code
read_recipient(
    struct request *rq, const struct json_object *one, const char **to)
{
	const char *email = json_get_text(one, "Email");

	if (email == NULL || *email == '\0')
		return request_refuse(rq, "recipient_missing");
	if (!address_public(email))
		return request_refuse(rq, "recipient_invalid");
	*to = arena_lower(rq->arena, email);
	return PROBLEM_NONE;
}

/* Adds all recipients except the inbound address. */
static enum problem_code
take_recipients(struct request *rq, struct inbound_mail *in,
    struct json_object *body, struct json_object *all)
{
	const char *seen[PEOPLE_MAX], *email = NULL, *name;
	const char *origin = json_get_text(body, "OriginalRecipient");
	struct json_object *one;
	enum problem_code err;
	size_t n = json_object_array_length(all), nseen = 0, i, k;

	if (n > PEOPLE_MAX)
		return request_refuse(rq, "too_many_recipients", NULL,
		    request_number(rq, PEOPLE_MAX));
	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(all, i);
		if ((err = read_recipient(rq, one, &email)) != PROBLEM_NONE)
			return err;
		if (is_ours(rq, email) ||
		    (origin != NULL && strcasecmp(origin, email) == 0))
			continue;
		for (k = 0; k < nseen && strcmp(seen[k], email) != 0; k++)
			continue;
		if (k < nseen)
			continue;
		seen[nseen++] = email;
		name = json_get_text(one, "Name");
		err = add_person(rq, in, name != NULL ? name : "", email);
		if (err != PROBLEM_NONE)
			return err;
	}
	return in->npeople > 0 ? PROBLEM_NONE
			       : request_refuse(rq, "only_this_server");
}

/* Adds the addresses in the text of a forwarded email. */
static enum problem_code
take_candidates(struct request *rq, struct inbound_mail *in, const char *text)
{
	const char *found[CANDIDATES_MAX];
	size_t n = mail_addresses(rq->arena, text, found, CANDIDATES_MAX), i;
	enum problem_code err;

	for (i = 0; i < n; i++)
		if (!is_ours(rq, found[i]) &&
		    (err = add_person(rq, in, "", found[i])) != PROBLEM_NONE)
			return err;
	return PROBLEM_NONE;
}

/*
 * Returns true for an email that was sent only to the inbound address, and was
 * therefore forwarded.
 */
static bool
was_forwarded(struct request *rq, struct json_object *all)
{
	const char *email = json_object_array_length(all) == 1
	    ? json_get_text(json_object_array_get_idx(all, 0), "Email")
	    : NULL;

	return email != NULL && is_ours(rq, email);
}

/*
 * Returns the part after the plus sign in the inbound address among the
 * recipients, or NULL.
 */
static const char *
plus_among(struct request *rq, struct json_object *body, const char *list)
{
	struct json_object *all;
	const char *email, *plus;
	bool present;
	size_t i;

	all = json_get(body, list, &present);
	if (!json_object_is_type(all, json_type_array))
		return NULL;
	for (i = 0; i < json_object_array_length(all); i++) {
		email =
		    json_get_text(json_object_array_get_idx(all, i), "Email");
		if (email != NULL && is_ours(rq, email) &&
		    (plus = address_plus(rq->arena, email)) != NULL)
			return plus;
	}
	return NULL;
}

/*
 * Returns the part after the plus sign in the inbound address at which the
 * email arrived, or else in an inbound address among the recipients.
 */
static const char *
find_plus(struct request *rq, struct json_object *body)
{
	static const char *const lists[] = { "ToFull", "CcFull", "BccFull" };
	const char *plus = json_get_text(body, "MailboxHash");
	const char *origin = json_get_text(body, "OriginalRecipient");
	size_t i;

	if (plus != NULL && *plus != '\0')
		return plus;
	if (origin != NULL && is_ours(rq, origin) &&
	    (plus = address_plus(rq->arena, origin)) != NULL)
		return plus;
	for (i = 0; i < sizeof lists / sizeof lists[0]; i++)
		if ((plus = plus_among(rq, body, lists[i])) != NULL)
			return plus;
	return origin != NULL ? address_plus(rq->arena, origin) : NULL;
}

/*
 * Finds the organization in a plus address, and the mailbox after the last plus
 * sign: inbound+acme@..., inbound+acme+orders@... If the slug contains a plus
 * sign, another plus sign must follow the slug.
 */
static void
take_destination(
    struct request *rq, struct inbound_mail *in, struct json_object *body)
{
	const char *plus, *last;

	in->organization = plus = find_plus(rq, body);
	in->mailbox = NULL;
	if (plus == NULL || (last = strrchr(plus, '+')) == NULL)
		return;
	in->organization =
	    arena_strndup(rq->arena, plus, (size_t)(last - plus));
	if (last[1] != '\0')
		in->mailbox = last + 1;
}

/* Checks Postmark's verdict on the email's authenticity. */
static enum problem_code
check_verdict(struct request *rq, struct json_object *body)
{
	struct json_object *all, *one;
	const char *name, *value;
	bool present;
	size_t i;

	all = json_get(body, "Headers", &present);
	if (!json_object_is_type(all, json_type_array))
		return PROBLEM_NONE;
	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		name = json_get_text(one, "Name");
		value = json_get_text(one, "Value");
		if (name == NULL || value == NULL)
			continue;
		if ((strcasecmp(name, "Received-SPF") == 0 &&
			strncasecmp(value, "fail", 4) == 0) ||
		    (strcasecmp(name, "X-Spam-Status") == 0 &&
			strncasecmp(value, "yes", 3) == 0))
			return request_refuse(
			    rq, "mail_not_trusted", NULL, name);
	}
	return PROBLEM_NONE;
}

static enum problem_code
refuse_missing(struct request *rq, const char *member)
{
	return request_refuse(rq, "mail_member_missing", member);
}

/* Returns the id of the email. A retry has the same id. */
static const char *
mail_id(struct request *rq, struct json_object *body)
{
	const char *id = json_get_text(body, "MessageID");

	if (id != NULL && *id != '\0' && strlen(id) <= ID_LEN_MAX)
		return id;
	return token_mac(rq->arena, rq->config->secret, rq->body, rq->body_len);
}

/*
 * Reads the text of an email, even if it contains only HTML. *text is NULL if
 * the email has no text.
 */
static enum problem_code
read_text(struct request *rq, struct json_object *body, const char **text)
{
	const char *html = json_get_text(body, "HtmlBody");

	*text = json_get_text(body, "TextBody");
	if ((*text == NULL || **text == '\0') && html != NULL &&
	    (*text = html_text(rq->arena, html, strlen(html))) == NULL)
		return request_refuse(rq, "html_unreadable", "HtmlBody");
	if (*text != NULL && **text == '\0')
		*text = NULL;
	return PROBLEM_NONE;
}

static bool
has_files(struct json_object *body)
{
	bool present;
	struct json_object *files = json_get(body, "Attachments", &present);

	return json_object_is_type(files, json_type_array) &&
	    json_object_array_length(files) > 0;
}

static enum problem_code
take_text(struct request *rq, struct inbound_mail *in, struct json_object *body)
{
	const char *subject = json_get_text(body, "Subject");
	const char *text;
	enum problem_code err;

	if ((err = read_text(rq, body, &text)) != PROBLEM_NONE)
		return err;
	if (subject == NULL || *subject == '\0')
		return refuse_missing(rq, "Subject");
	if (text == NULL && !has_files(body))
		return refuse_missing(rq, "TextBody");
	if (text == NULL)
		text = "";
	if (strlen(subject) + strlen(text) > TEXT_LEN_MAX)
		return request_refuse(rq, "mail_text_too_long", NULL,
		    request_number(rq, TEXT_LEN_MAX));
	if (in->forwarded) {
		if ((err = take_candidates(rq, in, text)) != PROBLEM_NONE)
			return err;
		subject = mail_subject(rq->arena, subject);
		text = mail_body(rq->arena, text);
	}
	in->text = arena_printf(rq->arena, "%s\n\n%s", subject, text);
	return PROBLEM_NONE;
}

/* Reads the people and the text from an email that becomes notes. */
static enum problem_code
take_note(struct request *rq, struct inbound_mail *in, struct json_object *body,
    struct json_object *to)
{
	enum problem_code err;

	in->forwarded = was_forwarded(rq, to);
	if ((err = take_text(rq, in, body)) != PROBLEM_NONE)
		return err;
	return in->forwarded ? PROBLEM_NONE : take_recipients(rq, in, body, to);
}

/* Reads an email to a mailbox. */
static enum problem_code
take_rows(struct request *rq, struct inbound_mail *in, struct json_object *body)
{
	const char *why = json_get_text(body, "Unreadable");
	enum problem_code err;

	if (why != NULL)
		return request_refuse(rq, "mail_unreadable", NULL, why);
	in->subject = json_get_text(body, "Subject");
	in->date = json_get_text(body, "Date");
	if ((err = read_text(rq, body, &in->text)) != PROBLEM_NONE)
		return err;
	if (in->text != NULL && strlen(in->text) > TEXT_LEN_MAX)
		return request_refuse(rq, "mail_text_too_long", NULL,
		    request_number(rq, TEXT_LEN_MAX));
	return PROBLEM_NONE;
}

enum problem_code
inbound_mail_read(
    struct request *rq, struct json_object *body, struct inbound_mail *in)
{
	struct json_object *to, *from;
	enum problem_code err;
	bool present;

	buf_init(&in->people, rq->arena);
	to = json_get(body, "ToFull", &present);
	if (!json_object_is_type(to, json_type_array) ||
	    json_object_array_length(to) == 0)
		return refuse_missing(rq, "ToFull");
	from = json_get(body, "FromFull", &present);
	if (!json_object_is_type(from, json_type_object))
		return refuse_missing(rq, "FromFull");
	in->sender = json_get_text(from, "Email");
	if (in->sender == NULL || *in->sender == '\0')
		return refuse_missing(rq, "FromFull.Email");
	in->sender = arena_lower(rq->arena, in->sender);
	take_destination(rq, in, body);
	in->id = mail_id(rq, body);
	err = in->mailbox != NULL ? take_rows(rq, in, body)
				  : take_note(rq, in, body, to);
	return err != PROBLEM_NONE ? err : check_verdict(rq, body);
}

const char *
inbound_mail_json(
    struct request *rq, const struct inbound_mail *in, const char *files)
{
	struct buf b;

	buf_init(&b, rq->arena);
	buf_puts(&b, "{");
	put_member(&b, "from", in->sender, ",");
	put_member(&b, "subject", in->subject, ",");
	put_member(&b, "text", in->text, ",");
	put_member(&b, "date", in->date, ",");
	put_member(&b, "message_id", in->id, ",");
	buf_printf(&b, "\"files\":%s}", files);
	return b.data;
}
