/* Tests of the status page, which is two files in a folder. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/migrate/status_page.h"
#include "lib/base/json.h"
#include "tests/unit/fixture.h"

static char parent[] = "/tmp/tenantry-status.XXXXXX";
static char folder[64];

static const struct status_page running = {
	.title = "Data migration: <supabase>",
	.state = "running",
	.step = "Copy \"users\" & identities",
	.done = 25,
	.total = 100,
	.eta = 3900,
	.starts = 1700000000,
	.ends = 1700003600,
	.updated = 1700000060,
	.message = "L’accès revient à 23 h",
};

static struct arena *
arena(void **state)
{
	return ((struct request *)*state)->arena;
}

static const char *
get(const char *name)
{
	static char text[16384];
	char path[128];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_non_null(f = fopen(path, "r"));
	n = fread(text, 1, sizeof text - 1, f);
	assert_int_equal(fclose(f), 0);
	text[n] = '\0';
	return text;
}

static void
has(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(parent) == NULL)
		return -1;
	snprintf(folder, sizeof folder, "%s/status", parent);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return fixture_remove_folder(parent);
}

static void
page_says_how_far_it_is(void **state)
{
	const char *html;

	assert_true(status_page_write(arena(state), folder, &running));
	html = get("index.html");
	has(html, "<h1>Data migration: &lt;supabase&gt;</h1>");
	has(html, "In progress · <span lang=\"fr\">En cours</span>");
	has(html, "Copy &quot;users&quot; &amp; identities");
	has(html, "<progress max=\"100\" value=\"25\"");
	has(html, "25 % (25 / 100)");
	has(html, "1 h 5 min");
	has(html, "2023-11-14 22:13 UTC");
	has(html, "http-equiv=\"refresh\" content=\"15\"");
	has(html, "L’accès revient à 23 h");
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "style="));
	assert_null(strstr(html, "://"));
}

static void
json_says_the_same(void **state)
{
	struct json_error error;
	struct json_object *json;
	const char *text;

	assert_true(status_page_write(arena(state), folder, &running));
	text = get("status.json");
	json = json_parse(arena(state), text, strlen(text), &error);
	assert_non_null(json);
	assert_string_equal(json_get_text(json, "state"), "running");
	assert_string_equal(
	    json_get_text(json, "title"), "Data migration: <supabase>");
	assert_string_equal(
	    json_get_text(json, "starts_at"), "2023-11-14T22:13:20Z");
	has(text, "\"done\":25,\"total\":100,\"eta_seconds\":3900");
}

static void
unknown_values_are_left_out(void **state)
{
	const struct status_page page = {
		.title = "Planned maintenance", .state = "planned", .eta = -1
	};
	const char *text;

	assert_true(status_page_write(arena(state), folder, &page));
	text = get("index.html");
	assert_null(strstr(text, "<progress"));
	assert_null(strstr(text, "<dt>"));
	has(text, "content=\"60\"");
	has(get("status.json"),
	    "\"step\":null,\"done\":null,\"total\":null,\"eta_seconds\":null,"
	    "\"starts_at\":null,\"ends_at\":null,\"updated_at\":null}");
}

/* nginx may run as a different user. No temporary file remains. */
static void
files_are_public_and_alone(void **state)
{
	struct dirent *e;
	struct stat st;
	char path[128];
	mode_t mask = umask(077);
	int n = 0;
	DIR *d;

	assert_int_equal(fixture_remove_folder(folder), 0);
	assert_true(status_page_write(arena(state), folder, &running));
	umask(mask);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_non_null(d = opendir(folder));
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n++;
		snprintf(path, sizeof path, "%.60s/%.60s", folder, e->d_name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0644);
	}
	closedir(d);
	assert_int_equal(n, 2);
}

/* An open file keeps its contents. The new file replaces its name. */
static void
readers_keep_the_old_file(void **state)
{
	const struct status_page done = {
		.title = "x", .state = "done", .eta = -1
	};
	char path[128], text[16384];
	size_t n;
	FILE *f;

	assert_true(status_page_write(arena(state), folder, &running));
	snprintf(path, sizeof path, "%s/index.html", folder);
	assert_non_null(f = fopen(path, "r"));
	assert_true(status_page_write(arena(state), folder, &done));
	n = fread(text, 1, sizeof text - 1, f);
	text[n] = '\0';
	assert_int_equal(fclose(f), 0);
	has(text, "In progress");
	has(get("index.html"), "Completed");
}

static void
a_folder_that_cannot_be_made_is_a_failure(void **state)
{
	assert_false(status_page_write(
	    arena(state), "/nonexistent/tenantry/status", &running));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(page_says_how_far_it_is),
		UNIT(json_says_the_same),
		UNIT(unknown_values_are_left_out),
		UNIT(files_are_public_and_alone),
		UNIT(readers_keep_the_old_file),
		UNIT(a_folder_that_cannot_be_made_is_a_failure),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
