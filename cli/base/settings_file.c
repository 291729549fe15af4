/* Reads settings files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/settings_file.h"
#include "lib/base/arena.h"

#define EXPORT "export "

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

static bool
read_line(char *line, bool set(void *, const char *, const char *), void *data)
{
	char *equals;

	if (strncmp(line, EXPORT, strlen(EXPORT)) == 0)
		line += strlen(EXPORT);
	equals = strchr(line, '=');
	line[strcspn(line, "\r\n")] = '\0';
	if (*line == '#' || *line == ';' || equals == NULL || equals == line)
		return true;
	*equals = '\0';
	unquote(equals + 1);
	return set(data, line, equals + 1);
}

bool
settings_file_read(struct arena *a, const char *path,
    bool set(void *, const char *, const char *), void *data)
{
	char *line = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");
	bool ok = f != NULL;

	while (ok && getline(&line, &size, f) != -1)
		ok = read_line(arena_strdup(a, line), set, data);
	free(line);
	if (f == NULL)
		return false;
	ok = ok && ferror(f) == 0;
	return fclose(f) == 0 && ok;
}
