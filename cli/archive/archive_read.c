/* Verifies an organization archive before it is imported. */
#include <err.h>
#include <json-c/json.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "cli/archive/archive_read.h"
#include "lib/base/arena.h"
#include "lib/base/json.h"

#define PIECE        65536
#define MANIFEST_MAX 1048576

bool
archive_refuse(const char *why, const char *name)
{
	warnx("the archive is damaged: %s%s%s", why, name != NULL ? ": " : "",
	    name != NULL ? name : "");
	return false;
}

bool
archive_content(struct reading *r, const struct tar_entry *e, FILE *to,
    char hex[ARCHIVE_HEX])
{
	EVP_MD_CTX *ctx = archive_hash(r->read.pieces);
	char piece[PIECE];
	long long left;
	size_t want, i;

	r->nlines = 0;
	for (left = e->size; left > 0; left -= (long long)want) {
		want = left < PIECE ? (size_t)left : PIECE;
		if (fread(piece, 1, want, r->file) != want)
			return archive_refuse("unexpected end", e->name);
		archive_hash_more(ctx, piece, want);
		for (i = 0; i < want; i++)
			r->nlines += piece[i] == '\n';
		if (to != NULL && fwrite(piece, 1, want, to) != want) {
			warn("file %s", e->name);
			return false;
		}
	}
	archive_hash_end(ctx, hex);
	return tar_skip_padding(r->file, e) ||
	    archive_refuse("unexpected data after", e->name);
}

static bool
note_part(struct reading *r, const struct tar_entry *e)
{
	struct archive_part *part = &r->read.parts[r->read.nparts];
	size_t len = strlen(e->name);

	if (r->read.nparts == ARCHIVE_PARTS || len < 14 ||
	    len - 13 >= sizeof part->name ||
	    strcmp(e->name + len - 7, ".ndjson") != 0)
		return archive_refuse("unknown part", e->name);
	r->read.nparts++;
	*part =
	    (struct archive_part){ .bytes = e->size, .at = ftello(r->file) };
	memcpy(part->name, e->name + 6, len - 13);
	if (strcmp(part->name, "files") == 0 &&
	    fseeko(r->lines, part->at, SEEK_SET) != 0)
		return archive_refuse("could not read", e->name);
	if (!archive_content(r, e, NULL, part->sha256))
		return false;
	part->rows = r->nlines;
	return true;
}

/* Reads the next line of the part "files". */
static struct json_object *
next_line(struct reading *r)
{
	struct json_error error;
	struct json_object *row;
	char *line = NULL;
	size_t size = 0;
	ssize_t len = getline(&line, &size, r->lines);

	row = len > 0
	    ? json_parse(r->read.pieces, line, (size_t)len - 1, &error)
	    : NULL;
	free(line);
	return row;
}

/* Adds the name of a file without content, which the import may rename. */
static bool
is_missing(struct reading *r, struct json_object *row)
{
	const char *name = json_get_text(row, "name");

	if (!json_get_bool(row, "missing", false) || name == NULL ||
	    !archive_file_name(name))
		return false;
	r->nmissing++;
	buf_write(&r->names, name, ARCHIVE_NAME);
	return true;
}

/* Reads the line of the next file that the archive contains. */
static struct json_object *
next_file(struct reading *r)
{
	struct json_object *row;

	do
		row = next_line(r);
	while (row != NULL && is_missing(r, row));
	return row;
}

/* Reads the lines after the last file's line. These lines have no content. */
static bool
check_rest(struct reading *r, const struct archive_part *part)
{
	struct json_object *row;

	while (r->nfiles + r->nmissing < part->rows)
		if ((row = next_line(r)) == NULL || !is_missing(r, row))
			return archive_refuse("missing files", NULL);
	return r->nfiles + r->nmissing == part->rows ||
	    archive_refuse("missing files", NULL);
}

static bool
check_file(struct reading *r, const struct tar_entry *e)
{
	struct json_object *row;
	const char *name, *sum, *size;
	char hex[ARCHIVE_HEX];

	if (r->nfiles++ == 0)
		r->files_at = e->head;
	if (!archive_content(r, e, NULL, hex))
		return false;
	row = next_file(r);
	name = row != NULL ? json_get_text(row, "name") : NULL;
	sum = row != NULL ? json_get_text(row, "sha256") : NULL;
	size = row != NULL ? json_get_text(row, "size") : NULL;
	if (name == NULL || sum == NULL || !archive_file_name(name) ||
	    strcmp(name, e->name + 6) != 0 || strcmp(sum, hex) != 0)
		return archive_refuse(
		    "wrong checksum or name of file", e->name);
	if (size == NULL ||
	    strcmp(size, arena_printf(r->read.pieces, "%lld", e->size)) != 0)
		return archive_refuse("wrong size of file", e->name);
	buf_write(&r->names, name, ARCHIVE_NAME);
	arena_reset(r->read.pieces);
	return true;
}

/* Checks the hash at the end of the manifest. */
static bool
sealed(struct reading *r, const char *text, size_t len)
{
	EVP_MD_CTX *ctx = archive_hash(r->read.arena);
	size_t tail = strlen(ARCHIVE_SEAL) - 2 + ARCHIVE_HEX - 1;
	char hex[ARCHIVE_HEX];

	if (len < tail)
		return false;
	archive_hash_more(ctx, text, len - tail);
	archive_hash_end(ctx, hex);
	return strcmp(text + len - tail,
		   arena_printf(r->read.arena, ARCHIVE_SEAL, hex)) == 0;
}

static bool
read_manifest(struct reading *r, const struct tar_entry *e)
{
	struct json_error error;
	char *text;

	if (e->size > MANIFEST_MAX)
		return archive_refuse("invalid manifest", NULL);
	text = arena_alloc(r->read.arena, (size_t)e->size + 1);
	if (fread(text, 1, (size_t)e->size, r->file) != (size_t)e->size)
		return archive_refuse("unexpected end", e->name);
	if (!sealed(r, text, (size_t)e->size))
		return archive_refuse("invalid manifest", NULL);
	r->manifest = json_parse(r->read.arena, text, (size_t)e->size, &error);
	if (r->manifest == NULL ||
	    !json_object_is_type(r->manifest, json_type_object))
		return archive_refuse("invalid manifest", NULL);
	return tar_skip_padding(r->file, e) ||
	    archive_refuse("unexpected data after", e->name);
}

static bool
read_entry(struct reading *r, const struct tar_entry *e)
{
	if (r->manifest != NULL)
		return archive_refuse(
		    "unexpected data after the manifest", e->name);
	if (strcmp(e->name, "manifest.json") == 0)
		return read_manifest(r, e);
	if (strncmp(e->name, "files/", 6) == 0)
		return check_file(r, e);
	return strncmp(e->name, "parts/", 6) == 0
	    ? note_part(r, e)
	    : archive_refuse("unknown part", e->name);
}

static long long
number_of(struct json_object *row, const char *name)
{
	struct json_object *value = NULL;

	return json_object_object_get_ex(row, name, &value)
	    ? json_object_get_int64(value)
	    : -1;
}

/* Compares the parts with the manifest. */
static bool
check_parts(struct reading *r)
{
	struct json_object *list = NULL, *row;
	struct archive_part *part;
	const char *name, *sum;
	int i;

	if (!json_object_object_get_ex(r->manifest, "parts", &list) ||
	    !json_object_is_type(list, json_type_array) ||
	    (int)json_object_array_length(list) != r->read.nparts)
		return archive_refuse(
		    "its parts differ from the manifest", NULL);
	for (i = 0; i < r->read.nparts; i++) {
		part = &r->read.parts[i];
		row = json_object_array_get_idx(list, (size_t)i);
		name = json_get_text(row, "part");
		sum = json_get_text(row, "sha256");
		if (name == NULL || sum == NULL ||
		    strcmp(name, part->name) != 0 ||
		    strcmp(sum, part->sha256) != 0 ||
		    number_of(row, "bytes") != part->bytes)
			return archive_refuse(
			    "wrong checksum of part", part->name);
		if (number_of(row, "rows") != part->rows)
			return archive_refuse(
			    "wrong number of rows of part", part->name);
		part->summed = json_get_bool(row, "summed", false);
		if (strcmp(part->name, "files") == 0 && !check_rest(r, part))
			return false;
	}
	return true;
}

bool
archive_check(struct reading *r)
{
	struct tar_entry e;
	const char *format, *sum,
	    *wanted = command_value(r->in, OPTION_CHECKSUM);
	int more;

	while ((more = tar_next(r->file, &e)) == 1)
		if (!read_entry(r, &e))
			return false;
	if (more != 0 || r->manifest == NULL)
		return archive_refuse("unexpected end", NULL);
	format = json_get_text(r->manifest, "format");
	sum = json_get_text(r->manifest, "checksum");
	if (format == NULL || strcmp(format, ARCHIVE_FORMAT) != 0)
		return archive_refuse("unknown format", format);
	if (!check_parts(r))
		return false;
	if (sum == NULL || strcmp(sum, archive_sum(&r->read)) != 0)
		return archive_refuse("wrong checksum", NULL);
	if (wanted == NULL || strcmp(wanted, sum) == 0)
		return true;
	warnx("the archive has the checksum %s, not %s", sum, wanted);
	return false;
}
