/*
 * Reads secret settings from files, because other processes can list
 * environment variables.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/secret_files.h"

#define SECRET_MAX   16384
#define VARIABLE_MAX 64

/*
 * systemd names the files in a folder FOLDER_FILE. Tenantry's folder is
 * "tenantry".
 */
#define CREDENTIAL "tenantry_"

static bool
is_secret(const char *name, size_t len)
{
	static const char *const names[] = {
		"AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY",
		"BETTER_AUTH_SECRET",
		"BETTER_AUTH_SECRETS",
		"DATABASE_READ_URL",
		"DATABASE_URL",
		"OTEL_EXPORTER_OTLP_HEADERS",
		"POSTMARK_WEBHOOK_PASSWORD",
		"SMTP_URL",
		"SOURCE_DATABASE_URL",
		"TENANTRY_APP_URL",
		"TENANTRY_ASSISTANT_KEY",
		"TENANTRY_DEMO_PASSWORD",
	};
	/* A provider's secret, such as GITHUB_CLIENT_SECRET. */
	static const char suffix[] = "_CLIENT_SECRET";
	size_t i;

	if (len >= VARIABLE_MAX)
		return false;
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			return true;
	return len >= sizeof suffix &&
	    memcmp(name + len - (sizeof suffix - 1), suffix,
		sizeof suffix - 1) == 0;
}

/* Sets the variable to the file's first line. */
static bool
load(const char *name, size_t len, const char *path)
{
	char variable[VARIABLE_MAX] = "", value[SECRET_MAX];
	const char *set;
	FILE *f;
	bool ok;

	memcpy(variable, name, len);
	set = getenv(variable);
	if (set != NULL && *set != '\0')
		return true;
	f = fopen(path, "re");
	ok = f != NULL && fgets(value, sizeof value, f) != NULL;
	if (!ok)
		fprintf(stderr, "%s: cannot read %s: %s\n", variable, path,
		    f == NULL || ferror(f) ? strerror(errno) : "it is empty");
	if (f != NULL && fclose(f) == EOF)
		ok = false;
	if (!ok)
		return false;
	value[strcspn(value, "\r\n")] = '\0';
	ok = setenv(variable, value, 1) == 0;
	explicit_bzero(value, sizeof value);
	return ok;
}

/* Loads each file whose name, after the prefix, is a secret setting. */
static bool
load_folder(const char *folder, const char *prefix)
{
	DIR *dir = opendir(folder);
	size_t skip = strlen(prefix);
	const struct dirent *e;
	char path[4096];
	bool ok = true;
	int len;

	if (dir == NULL) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return false;
	}
	while ((e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, prefix, skip) != 0 ||
		    !is_secret(e->d_name + skip, strlen(e->d_name + skip)))
			continue;
		len = snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (len < 0 || (size_t)len >= sizeof path ||
		    !load(e->d_name + skip, strlen(e->d_name + skip), path))
			ok = false;
	}
	return closedir(dir) == 0 && ok;
}

bool
secret_files_folder(const char *folder)
{
	return load_folder(folder, "");
}

bool
secret_files_load(void)
{
	static const char suffix[] = "_FILE";
	const char *credentials = getenv("CREDENTIALS_DIRECTORY"), *end;
	bool ok = true;
	size_t len, i;

	/* Reread environ after each file, because setenv() may move it. */
	for (i = 0; environ[i] != NULL; i++) {
		end = strchr(environ[i], '=');
		len = end == NULL ? 0 : (size_t)(end - environ[i]);
		if (len < sizeof suffix || end[1] == '\0' ||
		    memcmp(end - (sizeof suffix - 1), suffix,
			sizeof suffix - 1) != 0)
			continue;
		len -= sizeof suffix - 1;
		if (is_secret(environ[i], len) &&
		    !load(environ[i], len, end + 1))
			ok = false;
	}
	return (credentials == NULL || load_folder(credentials, CREDENTIAL)) &&
	    ok;
}
