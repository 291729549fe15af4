/* Detects the media type of a file from its first bytes. */

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "lib/storage/sniff.h"

/*
 * Families of types that share a signature, such as containers and text. The
 * client's hint chooses the type within a family. UNIQUE types are identified
 * by their bytes alone.
 */
enum family { UNIQUE, ZIP, OLE, TEXT, MP4, OGG };

/* Signatures. A signature at offset 8 also requires "RIFF" at offset 0. */

static const struct {
	size_t at;
	const char *bytes;
	size_t len;
	struct file_type type;
	enum family family;
} magic[] = {
	{ 0, "\x89PNG\r\n\x1a\n", 8, { "image/png", "png", true }, UNIQUE },
	{ 0, "\xff\xd8\xff", 3, { "image/jpeg", "jpg", true }, UNIQUE },
	{ 0, "GIF87a", 6, { "image/gif", "gif", true }, UNIQUE },
	{ 0, "GIF89a", 6, { "image/gif", "gif", true }, UNIQUE },
	{ 8, "WEBP", 4, { "image/webp", "webp", true }, UNIQUE },
	{ 4, "ftypavif", 8, { "image/avif", "avif", true }, UNIQUE },
	{ 0, "\0\0\1\0", 4, { "image/x-icon", "ico", true }, UNIQUE },
	{ 4, "ftyphei", 7, { "image/heic", "heic", false }, UNIQUE },
	{ 0, "II*\0", 4, { "image/tiff", "tiff", false }, UNIQUE },
	{ 0, "MM\0*", 4, { "image/tiff", "tiff", false }, UNIQUE },
	{ 0, "%PDF-", 5, { "application/pdf", "pdf", false }, UNIQUE },
	{ 0, "PK\3\4", 4, { "application/zip", "zip", false }, ZIP },
	{ 0, "PK\5\6", 4, { "application/zip", "zip", false }, ZIP },
	{ 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8,
	    { "application/x-ole-storage", "ole", false }, OLE },
	{ 0, "\x1f\x8b", 2, { "application/gzip", "gz", false }, UNIQUE },
	{ 0, "7z\xbc\xaf\x27\x1c", 6,
	    { "application/x-7z-compressed", "7z", false }, UNIQUE },
	{ 0, "{\\rtf", 5, { "application/rtf", "rtf", false }, UNIQUE },
	{ 4, "ftyp", 4, { "video/mp4", "mp4", false }, MP4 },
	{ 0, "\x1a\x45\xdf\xa3", 4, { "video/webm", "webm", false }, UNIQUE },
	{ 0, "OggS", 4, { "audio/ogg", "ogg", false }, OGG },
	{ 0, "ID3", 3, { "audio/mpeg", "mp3", false }, UNIQUE },
	{ 0, "\xff\xfb", 2, { "audio/mpeg", "mp3", false }, UNIQUE },
	{ 8, "WAVE", 4, { "audio/wav", "wav", false }, UNIQUE },
};

/* The types that a hint may choose within a family. */
static const struct {
	enum family family;
	struct file_type type;
} hinted[] = {
	{ ZIP,
	    { "application/"
	      "vnd.openxmlformats-officedocument.wordprocessingml.document",
		"docx", false } },
	{ ZIP,
	    { "application/"
	      "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"xlsx", false } },
	{ ZIP,
	    { "application/"
	      "vnd.openxmlformats-officedocument.presentationml.presentation",
		"pptx", false } },
	{ ZIP, { "application/vnd.oasis.opendocument.text", "odt", false } },
	{ ZIP,
	    { "application/vnd.oasis.opendocument.spreadsheet", "ods",
		false } },
	{ ZIP,
	    { "application/vnd.oasis.opendocument.presentation", "odp",
		false } },
	{ ZIP, { "application/epub+zip", "epub", false } },
	{ OLE, { "application/msword", "doc", false } },
	{ OLE, { "application/vnd.ms-excel", "xls", false } },
	{ OLE, { "application/vnd.ms-powerpoint", "ppt", false } },
	{ OLE, { "application/vnd.ms-outlook", "msg", false } },
	{ TEXT, { "text/csv", "csv", false } },
	{ TEXT, { "text/markdown", "md", false } },
	{ TEXT, { "text/calendar", "ics", false } },
	{ TEXT, { "text/vcard", "vcf", false } },
	{ TEXT, { "application/json", "json", false } },
	{ TEXT, { "message/rfc822", "eml", false } },
	{ MP4, { "audio/mp4", "m4a", false } },
	{ MP4, { "video/quicktime", "mov", false } },
	{ OGG, { "video/ogg", "ogv", false } },
};

static const struct file_type svg = { "image/svg+xml", "svg", false };
static const struct file_type text = { "text/plain", "txt", false };
static const struct file_type bytes = { "application/octet-stream", "bin",
	false };

/* Compares types, ignoring parameters: "image/png; charset=binary". */
static bool
type_matches(const char *hint, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(hint, name, len) == 0 &&
	    (hint[len] == '\0' || hint[len] == ';' || hint[len] == ' ');
}

static const struct file_type *
choose_type(enum family family, const struct file_type *type, const char *hint)
{
	size_t i;

	for (i = 0; hint != NULL && i < sizeof hinted / sizeof hinted[0]; i++)
		if (family != UNIQUE && hinted[i].family == family &&
		    type_matches(hint, hinted[i].type.name))
			return &hinted[i].type;
	return type;
}

/*
 * Returns true for text: only printable bytes and white space, in any encoding.
 */
static bool
is_text(const unsigned char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] == 0x7f ||
		    (s[i] < ' ' && strchr("\t\n\f\r\x1b", s[i]) == NULL) ||
		    s[i] == '\0')
			return false;
	return true;
}

/*
 * Returns true for an SVG file. Declarations, comments and a doctype may
 * precede the root element.
 */
static bool
is_svg(const unsigned char *s, size_t len)
{
	const char *at = (const char *)s;

	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		at += 3, len -= 3;
	while (len > 0 && strchr(" \t\r\n", *at) != NULL && *at != '\0')
		at++, len--;
	return len > 0 && *at == '<' && memmem(at, len, "<svg", 4) != NULL &&
	    memmem(at, len, "<html", 5) == NULL;
}

const struct file_type *
sniff(const unsigned char *s, size_t len, const char *hint)
{
	size_t i;

	for (i = 0; i < sizeof magic / sizeof magic[0]; i++)
		if (len >= magic[i].at + magic[i].len &&
		    memcmp(s + magic[i].at, magic[i].bytes, magic[i].len) ==
			0 &&
		    (magic[i].at < 8 || memcmp(s, "RIFF", 4) == 0))
			return choose_type(
			    magic[i].family, &magic[i].type, hint);
	if (!is_text(s, len))
		return &bytes;
	return is_svg(s, len) ? &svg : choose_type(TEXT, &text, hint);
}

const struct file_type *
sniff_named(const char *name)
{
	static const struct file_type *const rest[] = { &svg, &text, &bytes };
	size_t i;

	for (i = 0; i < sizeof magic / sizeof magic[0]; i++)
		if (strcmp(magic[i].type.name, name) == 0)
			return &magic[i].type;
	for (i = 0; i < sizeof hinted / sizeof hinted[0]; i++)
		if (strcmp(hinted[i].type.name, name) == 0)
			return &hinted[i].type;
	for (i = 0; i < sizeof rest / sizeof rest[0]; i++)
		if (strcmp(rest[i]->name, name) == 0)
			return rest[i];
	return NULL;
}
