/*
 * Writes the public status page as static files, which nginx serves even while
 * everything else is stopped.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/migrate/status_page.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/sync_folder.h"

#define FOLDER "/var/lib/tenantry/status"

/* Seconds until a browser reloads the page. */
#define RELOAD_ACTIVE 15
#define RELOAD_IDLE   60

/* The text for a state on the page. */
static const struct state_words {
	const char *state, *english, *french;
} words[] = {
	{ "planned", "Planned", "Prévue" },
	{ "running", "In progress", "En cours" },
	{ "paused", "Paused", "En pause" },
	{ "failed", "Interrupted; we are working on it",
	    "Interrompue ; nous y travaillons" },
	{ "done", "Completed", "Terminée" },
	{ "cancelled", "Canceled", "Annulée" },
};

/* Returns the texts for a state. An unknown state is shown unchanged. */
static struct state_words
find_words(const char *state)
{
	size_t i;

	for (i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].state, state) == 0)
			return words[i];
	return (struct state_words){ state, state, state };
}

static void
put_html(struct buf *b, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '&':
			buf_puts(b, "&amp;");
			break;
		case '<':
			buf_puts(b, "&lt;");
			break;
		case '>':
			buf_puts(b, "&gt;");
			break;
		case '"':
			buf_puts(b, "&quot;");
			break;
		default:
			buf_write(b, text, 1);
		}
}

/* Returns a time in UTC, for people or in ISO 8601. Returns NULL for 0. */
static const char *
time_text(struct arena *a, time_t at, bool iso)
{
	char text[64];
	struct tm tm;
	size_t len;

	if (at == 0 || gmtime_r(&at, &tm) == NULL)
		return NULL;
	len = iso ? strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm)
		  : strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &tm);
	return len > 0 ? arena_strdup(a, text) : NULL;
}

/* Writes a table row. Writes nothing if there is no value. */
static void
put_row(
    struct buf *b, const char *english, const char *french, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	buf_printf(b, "<dt>%s · <span lang=\"fr\">%s</span></dt>\n<dd>",
	    english, french);
	put_html(b, value);
	buf_puts(b, "</dd>\n");
}

static const char *
eta_text(struct arena *a, long long seconds)
{
	if (seconds < 0)
		return NULL;
	if (seconds < 60)
		return "< 1 min";
	if (seconds < 3600)
		return arena_printf(a, "%lld min", seconds / 60);
	return arena_printf(
	    a, "%lld h %lld min", seconds / 3600, seconds / 60 % 60);
}

static void
put_progress(struct buf *b, const struct status_page *p)
{
	long long done = p->done < p->total ? p->done : p->total;
	int percent;

	if (p->total <= 0)
		return;
	percent = (int)((long double)done * 100 / (long double)p->total);
	buf_printf(b,
	    "<p><progress max=\"100\" value=\"%d\" aria-label=\"Progress\">"
	    "</progress> %d %% (%lld / %lld)</p>\n",
	    percent, percent, done, p->total);
}

static const char *
page_html(struct arena *a, const struct status_page *p)
{
	struct state_words state = find_words(p->state != NULL ? p->state : "");
	bool active = strcmp(state.state, "running") == 0 ||
	    strcmp(state.state, "paused") == 0 ||
	    strcmp(state.state, "failed") == 0;
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
	    "content=\"width=device-width, initial-scale=1\">\n");
	buf_printf(&b, "<meta http-equiv=\"refresh\" content=\"%d\">\n<title>",
	    active ? RELOAD_ACTIVE : RELOAD_IDLE);
	put_html(&b, p->title != NULL ? p->title : "Status");
	buf_puts(&b,
	    "</title>\n<link rel=\"icon\" href=\"data:,\">\n"
	    "<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n"
	    "<header>Tenantry</header>\n<main>\n<h1>");
	put_html(&b, p->title != NULL ? p->title : "Status");
	buf_puts(&b, "</h1>\n<p class=\"lead\">");
	put_html(&b, state.english);
	buf_puts(&b, " · <span lang=\"fr\">");
	put_html(&b, state.french);
	buf_puts(&b, "</span></p>\n");
	if (p->message != NULL && *p->message != '\0') {
		buf_puts(&b, "<p>");
		put_html(&b, p->message);
		buf_puts(&b, "</p>\n");
	}
	put_progress(&b, p);
	buf_puts(&b, "<dl>\n");
	put_row(&b, "Step", "Étape", p->step);
	put_row(&b, "Remaining", "Restant", eta_text(a, p->eta));
	put_row(&b, "Start", "Début", time_text(a, p->starts, false));
	put_row(&b, "End", "Fin", time_text(a, p->ends, false));
	put_row(&b, "Updated", "Mise à jour", time_text(a, p->updated, false));
	buf_puts(&b,
	    "</dl>\n<p><a href=\"/\">Open the application · "
	    "<span lang=\"fr\">Ouvrir l’application</span></a></p>\n"
	    "</main>\n</body>\n</html>\n");
	return b.data;
}

static void
put_text(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s\"%s\":", b->len > 1 ? "," : "", name);
	if (value == NULL || *value == '\0')
		buf_puts(b, "null");
	else
		buf_json(b, value);
}

static void
put_number(struct buf *b, const char *name, long long value, bool known)
{
	if (known)
		buf_printf(b, ",\"%s\":%lld", name, value);
	else
		buf_printf(b, ",\"%s\":null", name);
}

static const char *
page_json(struct arena *a, const struct status_page *p)
{
	struct buf b;

	buf_init(&b, a);
	buf_puts(&b, "{");
	put_text(&b, "title", p->title);
	put_text(&b, "state", p->state);
	put_text(&b, "message", p->message);
	put_text(&b, "step", p->step);
	put_number(&b, "done", p->done, p->total > 0);
	put_number(&b, "total", p->total, p->total > 0);
	put_number(&b, "eta_seconds", p->eta, p->eta >= 0);
	put_text(&b, "starts_at", time_text(a, p->starts, true));
	put_text(&b, "ends_at", time_text(a, p->ends, true));
	put_text(&b, "updated_at", time_text(a, p->updated, true));
	buf_puts(&b, "}\n");
	return b.data;
}

/* Writes the whole text to the disk. */
static bool
write_all(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		if ((n = write(fd, text, left)) == -1 && errno != EINTR)
			return false;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
	return fsync(fd) == 0;
}

/* Replaces a file in the folder atomically. */
static bool
replace_file(
    struct arena *a, const char *folder, const char *name, const char *text)
{
	char *new = arena_printf(a, "%s/.%s.XXXXXX", folder, name);
	const char *path = arena_printf(a, "%s/%s", folder, name);
	int fd = mkstemp(new);
	bool ok;

	if (fd == -1) {
		warn("could not create a file in %s", folder);
		return false;
	}
	ok = write_all(fd, text) && fchmod(fd, 0644) == 0;
	if (close(fd) == -1)
		ok = false;
	if (ok && rename(new, path) == 0)
		return true;
	warn("could not write %s", path);
	unlink(new);
	return false;
}

bool
status_page_write(
    struct arena *a, const char *folder, const struct status_page *p)
{
	bool ok;

	/*
	 * The web server may run as a different user, so the mode does not
	 * depend on the umask.
	 */
	if (mkdir(folder, 0755) == 0)
		ok = chmod(folder, 0755) == 0;
	else
		ok = errno == EEXIST;
	if (!ok) {
		warn("could not create %s", folder);
		return false;
	}
	if (!replace_file(a, folder, "status.json", page_json(a, p)) ||
	    !replace_file(a, folder, "index.html", page_html(a, p)))
		return false;
	if (!(ok = sync_folder(folder)))
		warn("could not write %s", folder);
	return ok;
}

const char *
status_page_folder(void)
{
	const char *folder = getenv("TENANTRY_STATUS_DIR");

	return folder != NULL && *folder != '\0' ? folder : FOLDER;
}
