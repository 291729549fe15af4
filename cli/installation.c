/* Takes settings, secrets and user from the installation on this machine. */
#include <err.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/installation.h"
#include "lib/base/arena.h"
#include "lib/base/secret_files.h"

#define FOLDER  SYSCONFDIR "/tenantry"
#define FILE_OF FOLDER "/tenantry.conf"
#define USER    "tenantry"

/* Removes the quotes and escapes that systemd.exec(5) allows in a value. */
static void
unquote(char *value)
{
	char quote = *value == '"' || *value == '\'' ? *value : '\0';
	char *to = value;

	if (quote != '\0')
		value++;
	for (; *value != '\0' && *value != quote; value++) {
		if (*value == '\\' && quote != '\'' && value[1] != '\0')
			value++;
		*to++ = *value;
	}
	*to = '\0';
}

/* Sets NAME=VALUE; what the environment sets itself stays. */
static bool
set(char *line)
{
	char *equals = strchr(line, '=');

	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '#' || *line == ';' || equals == NULL || equals == line)
		return true;
	*equals = '\0';
	unquote(equals + 1);
	return setenv(line, equals + 1, 0) == 0;
}

static bool
read_settings(struct arena *a, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	bool ok = true;

	while (ok && getline(&line, &size, f) != -1)
		ok = set(arena_strdup(a, line));
	free(line);
	return ok && ferror(f) == 0;
}

/* Gives up the rights of root: the database knows the user by its name. */
static bool
become_user(void)
{
	const struct passwd *user = getpwnam(USER);

	if (user == NULL) {
		warnx("there is no user " USER
		      "; the package creates it, or run systemd-sysusers");
		return false;
	}
	if (initgroups(USER, user->pw_gid) == -1 ||
	    setgid(user->pw_gid) == -1 || setuid(user->pw_uid) == -1) {
		warn("cannot continue as the user " USER);
		return false;
	}
	/* libpq reads files in HOME, and those of root are closed to it. */
	return setenv("HOME", user->pw_dir, 1) == 0 &&
	    setenv("USER", USER, 1) == 0 && setenv("LOGNAME", USER, 1) == 0;
}

bool
installation_enter(struct arena *a)
{
	const char *url;
	FILE *f;
	bool ok;

	if (!secret_files_load())
		return false;
	url = getenv("DATABASE_URL");
	if (url != NULL && *url != '\0')
		return true;
	f = fopen(FILE_OF, "re");
	if (f == NULL && errno == ENOENT)
		return true;
	if (f == NULL) {
		warn(FILE_OF);
		warnx("run this command as root");
		return false;
	}
	ok = read_settings(a, f);
	if (!ok)
		warn(FILE_OF);
	return fclose(f) == 0 && ok &&
	    (geteuid() != 0 ||
		(secret_files_folder(FOLDER "/secrets") && become_user()));
}
