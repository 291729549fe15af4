/* Parses requests and records their problems. */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "fcgi/http/request.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/refusal.h"
#include "lib/base/url.h"
#include "lib/db/db.h"

#define MAX_PARAMS 64
#define AGENT_MAX  512

unsigned long
request_round_trips(const struct request *rq)
{
	return db_round_trips(rq->db) +
	    (rq->standby_db != NULL ? db_round_trips(rq->standby_db) : 0);
}

static const char *const method_names[METHOD__MAX] = {
	[METHOD_GET] = "GET",
	[METHOD_HEAD] = "HEAD",
	[METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",
	[METHOD_PATCH] = "PATCH",
	[METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
	[METHOD_PROPFIND] = "PROPFIND",
	[METHOD_PROPPATCH] = "PROPPATCH",
	[METHOD_REPORT] = "REPORT",
};

const char *
method_name(enum method m)
{
	return method_names[m];
}

bool
method_unsafe(enum method m)
{
	return m != METHOD_GET && m != METHOD_HEAD && m != METHOD_OPTIONS &&
	    m != METHOD_PROPFIND && m != METHOD_REPORT;
}

static const char *vformat(struct arena *, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

static const char *
vformat(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		return fmt;
	text = arena_alloc(a, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	return text;
}

enum problem_code
request_fail(struct request *rq, enum problem_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rq->problem.detail = vformat(rq->arena, fmt, ap);
	va_end(ap);
	return rq->problem.code = code;
}

enum problem_code
request_fail_field(struct request *rq, enum problem_code code,
    const char *field, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	rq->problem.detail = arena_printf(
	    rq->arena, "%s: %s", field, vformat(rq->arena, fmt, ap));
	va_end(ap);
	rq->problem.field = field;
	return rq->problem.code = code;
}

/* Returns the arguments of a refusal as a JSON array. */
static const char *
json_array(struct arena *a, const char *const *texts, size_t count)
{
	struct buf b;
	size_t i;

	buf_init(&b, a);
	buf_puts(&b, "[");
	for (i = 0; i < count; i++) {
		buf_puts(&b, i > 0 ? ", " : "");
		buf_json(&b, texts[i]);
	}
	buf_puts(&b, "]");
	return b.data;
}

enum problem_code
request_refuse_words(struct request *rq, size_t count, const char *const *words)
{
	const struct refusal *r = refusal_find(words[0]);
	struct problem *why = &rq->problem;
	const char *const *arguments = words + 2;

	if (r == NULL)
		fatal("there is no refusal with the code \"%s\"", words[0]);
	count = count > 2 ? count - 2 : 0;
	why->refusal = r->code;
	why->arguments = json_array(rq->arena, arguments, count);
	why->detail = refusal_text(rq->arena, r->en, arguments, count);
	if (r->type != NULL)
		why->name = r->type;
	if (words[1] != NULL) {
		why->field = words[1];
		why->detail =
		    arena_printf(rq->arena, "%s: %s", words[1], why->detail);
	}
	return why->code = refusal_problem(r);
}

const char *
request_number(struct request *rq, long number)
{
	return arena_printf(rq->arena, "%ld", number);
}

void
request_fault_words(struct request *rq, size_t count, const char *const *words)
{
	struct problem before = rq->problem, found;
	struct fault **end = &before.faults, *f;
	size_t n = 0;

	for (; *end != NULL; end = &(*end)->next)
		if (++n == FAULTS_MAX)
			return;
	rq->problem = (struct problem){ 0 };
	(void)request_refuse_words(rq, count, words);
	found = rq->problem;
	f = arena_alloc(rq->arena, sizeof *f);
	*f = (struct fault){ found.field, found.detail, found.refusal,
		found.arguments, NULL };
	*end = f;
	rq->problem = before;
	if (before.code == PROBLEM_NONE) {
		rq->problem = found;
		rq->problem.faults = f;
	}
}

struct fault *
request_faults(struct request *rq)
{
	const struct problem *p = &rq->problem;
	struct fault *f;

	if (p->faults != NULL || p->field == NULL || p->detail == NULL)
		return p->faults;
	f = arena_alloc(rq->arena, sizeof *f);
	*f = (struct fault){ p->field, p->detail, p->refusal,
		p->arguments != NULL ? p->arguments : "[]", NULL };
	return f;
}

enum problem_code
request_fail_better_auth(struct request *rq, const char *code)
{
	rq->problem.better_auth = code;
	return rq->problem.code = PROBLEM_BETTER_AUTH;
}

void
request_require_scope(
    struct request *rq, const char *resource, const char *action, bool admin)
{
	struct required_scope *more;
	size_t i;

	for (i = 0; i < rq->nscopes; i++)
		if (strcmp(rq->scopes[i].action, action) == 0 &&
		    strcmp(rq->scopes[i].resource, resource) == 0) {
			rq->scopes[i].admin = rq->scopes[i].admin || admin;
			return;
		}
	more = arena_array(rq->arena, rq->nscopes + 1, sizeof *more);
	if (rq->nscopes > 0)
		memcpy(more, rq->scopes, rq->nscopes * sizeof *more);
	more[rq->nscopes++] =
	    (struct required_scope){ resource, action, admin };
	rq->scopes = more;
}

/* Returns the part of a request target after the optional host. */
static const char *
skip_host(const char *target)
{
	const char *host = strstr(target, "://");

	if (*target == '/' || host == NULL)
		return target;
	host += strlen("://");
	return host + strcspn(host, "/?#");
}

/*
 * Returns the decoded path of the URL. Web servers except nginx have no
 * DOCUMENT_URI. They pass the client's target as REQUEST_URI, or only the two
 * parts that RFC 3875 defines. If the script is a program, its name is not part
 * of the path.
 */
static const char *
find_path(struct request *rq)
{
	const struct headers *h = &rq->headers;
	const char *target = skip_host(h->request_uri);

	if (*h->path != '\0')
		return h->path;
	if (*target == '/')
		return url_decode(rq->arena,
		    arena_strndup(rq->arena, target, strcspn(target, "?#")));
	return *h->path_info != '\0' ? h->path_info : h->script_name;
}

static enum problem_code
parse_path(struct request *rq)
{
	const char *s;

	rq->path = find_path(rq);
	if (rq->path == NULL) {
		rq->path = "";
		return request_refuse(rq, "path_malformed");
	}
	for (s = rq->path; *s != '\0'; s++)
		if (*s < 0x21 || *s > 0x7e)
			return request_refuse(rq, "no_such_path");
	return PROBLEM_NONE;
}

static enum problem_code
parse_query(struct request *rq)
{
	struct param *list = arena_array(rq->arena, MAX_PARAMS, sizeof *list);
	const char *s = rq->headers.query;
	size_t len, name_len, value;
	struct param p;

	rq->params = list;
	for (; *s != '\0'; s += len + (s[len] == '&')) {
		len = strcspn(s, "&");
		if (len == 0)
			continue;
		name_len = strcspn(s, "=&");
		value = name_len + (name_len < len); /* after the "=" */
		p.name = url_decode_form(rq->arena, s, name_len);
		p.value = url_decode_form(rq->arena, s + value, len - value);
		if (p.name == NULL || p.value == NULL)
			return request_refuse(rq, "query_malformed");
		if (rq->nparams == MAX_PARAMS)
			return request_refuse(rq, "too_many_params", NULL,
			    request_number(rq, MAX_PARAMS));
		list[rq->nparams++] = p;
	}
	return PROBLEM_NONE;
}

const char *
request_cookie(struct request *rq, const char *name)
{
	const char *s = rq->headers.cookie;
	size_t len = strlen(name);

	for (; *s != '\0'; s += *s == ';') {
		s += strspn(s, " \t");
		if (strncmp(s, name, len) == 0 && s[len] == '=')
			return arena_strndup(rq->arena, s + len + 1,
			    strcspn(s + len + 1, "; \t"));
		s += strcspn(s, ";");
	}
	return NULL;
}

const char *
request_language(const struct request *rq)
{
	static const char *const supported[] = { "en", "fr" };
	const char *s = rq->headers.accept_language;
	size_t i;

	for (; *s != '\0'; s += *s == ',') {
		s += strspn(s, " \t");
		for (i = 0; i < 2; i++)
			if (strncasecmp(s, supported[i], 2) == 0 &&
			    !isalnum((unsigned char)s[2]))
				return supported[i];
		s += strcspn(s, ",");
	}
	return rq->config->language;
}

const char *
request_agent(struct request *rq)
{
	char *agent = arena_strndup(rq->arena, rq->headers.user_agent,
	    strnlen(rq->headers.user_agent, AGENT_MAX));
	char *s;

	for (s = agent; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
	return agent;
}

enum problem_code
request_fail_store(struct request *rq)
{
	return rq->problem.code = errno == ENOSPC || errno == EDQUOT
	    ? PROBLEM_STORAGE_FULL
	    : PROBLEM_STORAGE;
}

enum problem_code
request_parse(struct request *rq)
{
	enum problem_code err;
	int m = 0;

	while (
	    m < METHOD__MAX && strcmp(method_names[m], rq->headers.method) != 0)
		m++;
	rq->method = m < METHOD__MAX ? (enum method)m : METHOD_OPTIONS;
	if ((err = parse_path(rq)) != PROBLEM_NONE)
		return err;
	if (m == METHOD__MAX)
		return request_refuse(rq, "unknown_method");
	return parse_query(rq);
}

void
request_take_unit(struct request *rq, const struct request *part)
{
	if (!rq->unit_wanted || part->unit == NULL)
		return;
	rq->unit = arena_strdup(rq->arena, part->unit);
	if (part->unit_user != NULL)
		rq->unit_user = arena_strdup(rq->arena, part->unit_user);
	if (part->unit_founder != NULL)
		rq->unit_founder = arena_strdup(rq->arena, part->unit_founder);
	rq->unit_wanted = false;
}

const char *
request_param(const struct request *rq, const char *name)
{
	size_t i;

	for (i = 0; i < rq->nparams; i++)
		if (strcmp(rq->params[i].name, name) == 0)
			return rq->params[i].value;
	return NULL;
}

enum problem_code
request_json(struct request *rq, struct json_object **body)
{
	struct json_error error;
	struct json_object *root;

	root = json_parse(rq->arena, rq->body, rq->body_len, &error);
	if (error.what != NULL && error.member != NULL)
		return request_refuse(rq, "body_member_json", error.member,
		    error.what, request_number(rq, error.offset));
	if (error.what != NULL)
		return request_refuse(rq, "body_not_json", NULL, error.what,
		    request_number(rq, error.offset));
	if (!json_object_is_type(root, json_type_object))
		return request_refuse(rq, "body_not_an_object");
	*body = root;
	return PROBLEM_NONE;
}
