/*
 * Takes the settings, the secrets and the user from this machine's
 * installation.
 */
#include <err.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/base/installation.h"
#include "cli/base/program.h"
#include "cli/base/settings_file.h"
#include "lib/base/arena.h"
#include "lib/base/renamed_settings.h"
#include "lib/base/secret_files.h"

#define FOLDER   SYSCONFDIR "/tenantry"
#define SETTINGS FOLDER "/tenantry.conf"
#define BACKUPS  FOLDER "/backup.conf"
#define SECRETS  FOLDER "/secrets"
#define USER     "tenantry"

/* Sets a variable, unless the environment already has it. */
static bool
set(void *data, const char *name, const char *value)
{
	(void)data;
	return setenv(name, value, 0) == 0;
}

/* Reads settings. Returns false and sets errno if the file cannot be read. */
static bool
read_settings(struct arena *a, const char *path)
{
	return settings_file_read(a, path, set, NULL);
}

/* Reads the backup settings. A missing file sets nothing. */
static bool
read_backup_settings(struct arena *a)
{
	if (read_settings(a, BACKUPS) || errno == ENOENT)
		return true;
	warn(BACKUPS);
	return false;
}

/*
 * Packs files that only root can read. The package stays in memory, because it
 * contains all secrets. The program that runs as the other user inherits the
 * descriptor and decides what a failure means.
 */
static bool
pack_files(struct arena *a, const char *pack)
{
	int fd = memfd_create(pack, 0);
	const char *name = "failed";

	if (fd == -1)
		warn("memfd_create");
	else if (program_write(a, pack, fd) && lseek(fd, 0, SEEK_SET) == 0)
		name = arena_printf(a, "%d", fd);
	return setenv("TENANTRY_INSTALLATION", name, 1) == 0;
}

/* Drops root privileges, because the database identifies the user by name. */
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
	/* The user may lack access to root's current folder. */
	if (access(".", R_OK | X_OK) == -1 && chdir(user->pw_dir) == -1) {
		warn("%s", user->pw_dir);
		return false;
	}
	/* libpq reads files in HOME. This user could not read root's files. */
	return setenv("HOME", user->pw_dir, 1) == 0 &&
	    setenv("USER", USER, 1) == 0 && setenv("LOGNAME", USER, 1) == 0;
}

static bool
enter(struct arena *a, const char *pack)
{
	const char *url;

	if (!secret_files_load())
		return false;
	url = getenv("DATABASE_URL");
	if (url != NULL && *url != '\0')
		return true;
	if (!read_settings(a, SETTINGS)) {
		if (errno == ENOENT)
			return true;
		warn(SETTINGS);
		if (errno == EACCES)
			warnx("run this command as root");
		return false;
	}
	if (geteuid() != 0)
		return true;
	return secret_files_folder(SECRETS) &&
	    (pack == NULL ||
		(read_backup_settings(a) && pack_files(a, pack))) &&
	    become_user();
}

bool
installation_enter(struct arena *a, const char *pack)
{
	return enter(a, pack) && renamed_settings_apply();
}
