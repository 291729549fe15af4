/* Uploads a file for an import and inspects it. */

#include <stdlib.h>
#include <string.h>

#include "fcgi/http/param.h"
#include "fcgi/http/response.h"
#include "fcgi/http/route.h"
#include "fcgi/http/session.h"
#include "handlers/crm/upload.h"
#include "lib/base/arena.h"
#include "lib/base/base64.h"
#include "lib/base/buf.h"
#include "lib/db/db.h"
#include "lib/format/csv.h"
#include "lib/format/import_reader.h"
#include "lib/format/text_decoder.h"
#include "schema/crm/import.h"

static action_fn upload_import;

static const struct query_param upload_params[] = {
	{ "resource", PARAM_TEXT,
	    "the resource of the rows, such as companies or a custom "
	    "object (default: contacts)",
	    NULL },
	{ "format", PARAM_TEXT, "the format (default: detected)",
	    PARAM_WORDS("csv", "json", "vcard") },
	{ "encoding", PARAM_TEXT, "the encoding (default: detected)",
	    PARAM_WORDS("UTF-8", "UTF-16LE", "UTF-16BE", "windows-1252",
		"windows-1250", "windows-1251", "windows-1253", "windows-1254",
		"windows-1255", "windows-1256", "macintosh", "Shift_JIS",
		"EUC-KR", "GB18030", "Big5") },
	{ "delimiter", PARAM_TEXT, "the delimiter (default: detected)",
	    PARAM_WORDS(",", ";", "\t", "|") },
	{ "skip", PARAM_WHOLE,
	    "the number of lines before the first row of CSV (default: "
	    "1 if the first line is sep=;, otherwise 0)",
	    NULL },
	{ "header", PARAM_TEXT,
	    "whether the first row of the CSV file contains the names "
	    "of the columns",
	    PARAM_WORDS("true", "false") },
	FILENAME_PARAM,
	{ .name = NULL },
};

static const struct route routes[] = {
	{ METHOD_POST, "/api/imports", upload_import, SESSION_ORGANIZATION,
	    ROUTE_UPLOAD | ROUTE_FETCHES, .status = 201,
	    .params = upload_params, .summary = "Upload a file to import",
	    .returns = "imports" },
	{ .action = NULL },
};

const struct module import_upload_module = {
	.name = "import_upload",
	.routes = routes,
};

#define HEAD_LEN 65536 /* bytes of a file that are stored for the preview */
#define SKIP_MAX 100   /* lines before the first row */

/* The resources that a JSON file may contain. An API key needs their scopes. */
static const char *const imported[] = { "companies", "contacts",
	"contact_notes", "deal_notes", "deals", "tags", "tasks", NULL };

static void
ask_rights(struct request *rq, const char *resource)
{
	size_t i;

	request_require_scope(rq, "imports", "create", false);
	if (resource != NULL)
		request_require_scope(rq, resource, "import", false);
	else
		for (i = 0; imported[i] != NULL; i++)
			request_require_scope(rq, imported[i], "import", false);
}

/* Keeps *value if the parameter is missing. */
static enum problem_code
read_choice(struct request *rq, const char *name, const char **value)
{
	const char *text = param_text(rq, name);

	if (!param_allowed(rq, name))
		return param_refuse(rq, PROBLEM_INVALID, name);
	if (text != NULL)
		*value = text;
	return PROBLEM_NONE;
}

/*
 * Returns true if the row can contain column names. No column is named like an
 * email address or a number.
 */
static bool
names_columns(const struct csv_row *row)
{
	size_t i;

	for (i = 0; i < row->ncells; i++)
		if (strchr(row->cells[i], '@') != NULL ||
		    (*row->cells[i] != '\0' &&
			strspn(row->cells[i], "0123456789+-., ") ==
			    strlen(row->cells[i])))
			return false;
	return true;
}

/* Detects the delimiter. A line that sets the delimiter is not a row. */
static char
read_delimiter(
    struct request *rq, const struct upload *up, struct import_plan *plan)
{
	char said = csv_said(rq->arena, &up->content, plan->encoding);

	if (said == '\0')
		return csv_guess(
		    rq->arena, &up->content, plan->encoding, plan->skip);
	return said;
}

/* Reads the columns of a CSV file, and whether its first row names them. */
static enum problem_code
inspect_csv(struct request *rq, const struct upload *up,
    struct import_plan *plan, struct buf *about)
{
	struct text_decoder *text =
	    text_decoder_new(rq->arena, &up->content, plan->encoding);
	const char *header = NULL;
	enum problem_code err;
	struct csv_row row;
	struct csv *csv;
	size_t i;

	text_decoder_skip_lines(text, plan->skip);
	csv = csv_new(rq->arena, text, plan->delimiter);
	err = read_choice(rq, "header", &header);
	if (err != PROBLEM_NONE)
		return err;
	if (csv_next(csv, &row) != CSV_ROW)
		return request_refuse(rq, "file_without_rows");
	if (row.problem != NULL)
		return request_refuse(
		    rq, "first_row_invalid", NULL, row.problem);
	plan->has_header =
	    header != NULL ? *header == 't' : names_columns(&row);
	buf_printf(about, ",\"has_header\":%s,\"columns\":[",
	    plan->has_header ? "true" : "false");
	for (i = 0; i < row.ncells; i++) {
		buf_puts(about, i > 0 ? "," : "");
		buf_json(about,
		    plan->has_header
			? row.cells[i]
			: arena_printf(rq->arena, "column %zu", i + 1));
	}
	buf_puts(about, "]");
	return PROBLEM_NONE;
}

static void
put_member(struct buf *b, const char *member, const char *value)
{
	buf_printf(b, ",\"%s\":", member);
	if (value != NULL)
		buf_json(b, value);
	else
		buf_puts(b, "null");
}

/* Describes the file for crm.create_import(). */
static enum problem_code
inspect_file(struct request *rq, const struct upload *up, struct buf *about)
{
	struct import_plan plan = {
		.format = import_reader_format(rq->arena, &up->content),
		.encoding = text_decoder_detect(rq->arena, &up->content),
		.resource = param_text(rq, "resource"),
	};
	const char *delimiter = NULL, *skip = param_text(rq, "skip");
	enum problem_code err;

	if (plan.format == NULL || plan.encoding == NULL)
		return request_refuse(rq, "import_upload_unreadable");
	if (strncmp(plan.format, "xls", 3) == 0)
		return request_refuse(rq, "workbook", NULL, plan.format);
	if (!param_is_whole(skip, PARAM_INTEGER) ||
	    (plan.skip = skip != NULL ? strtol(skip, NULL, 10) : 0) < 0 ||
	    plan.skip > SKIP_MAX)
		return request_refuse(
		    rq, "lines_to_skip", "skip", request_number(rq, SKIP_MAX));
	if ((err = read_choice(rq, "format", &plan.format)) ||
	    (err = read_choice(rq, "encoding", &plan.encoding)) ||
	    (err = read_choice(rq, "delimiter", &delimiter)))
		return err;
	if (strcmp(plan.format, "json") == 0)
		plan.resource = NULL;
	else if (plan.resource == NULL || strcmp(plan.format, "vcard") == 0)
		plan.resource = "contacts";
	buf_printf(about, "{\"size\":%lld", (long long)up->content.len);
	put_member(about, "format", plan.format);
	put_member(about, "resource", plan.resource);
	put_member(about, "title", up->title);
	put_member(about, "encoding", plan.encoding);
	if (strcmp(plan.format, "csv") == 0) {
		if (skip == NULL &&
		    csv_said(rq->arena, &up->content, plan.encoding) != '\0')
			plan.skip = 1;
		buf_printf(about, ",\"skip\":%ld", plan.skip);
		plan.delimiter = delimiter != NULL
		    ? *delimiter
		    : read_delimiter(rq, up, &plan);
		put_member(
		    about, "delimiter", (char[]){ plan.delimiter, '\0' });
		err = inspect_csv(rq, up, &plan, about);
	}
	buf_puts(about, "}");
	return err;
}

/* Stores and inspects a file. Does not write any rows yet. */
static enum problem_code
upload_import(struct request *rq, struct response *rs)
{
	struct db_step made;
	struct db_step kept = { .result = NULL };
	struct upload up = { .name = NULL };
	char *head = arena_alloc(rq->arena, HEAD_LEN);
	struct buf about;
	enum problem_code err;
	ssize_t len;

	buf_init(&about, rq->arena);
	ask_rights(rq, param_text(rq, "resource"));
	if ((err = session_read(rq, &kept, 0)) ||
	    (err = upload_read(rq, &up)) || (err = session_kept(rq, &kept)))
		return err;
	if (kept.result != NULL)
		return response_row(rq, rs, 201, &kept);
	if ((err = inspect_file(rq, &up, &about)) != PROBLEM_NONE)
		return err;
	if ((len = spool_read(&up.content, 0, head, HEAD_LEN)) == -1)
		return request_refuse(rq, "import_upload_unreadable");
	made = crm_create_import(rq->arena, .file = up.name,
	    .head = arena_printf(rq->arena, "\\x%s",
		hex_encode(rq->arena, (unsigned char *)head, (size_t)len)),
	    .about = about.data);
	made.answer = true;
	err = upload_keep(rq, rs, &up, &made);
	if (err != PROBLEM_NONE && err != PROBLEM_UNKNOWN)
		upload_drop(rq, &up);
	return err;
}
