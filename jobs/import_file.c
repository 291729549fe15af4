#include <errno.h>
#include <string.h>

#include "arena.h"
#include "chores.h"
#include "config.h"
#include "db.h"
#include "import_file.h"
#include "import_job.h"
#include "incoming.h"
#include "json.h"
#include "log.h"
#include "s3.h"
#include "spool.h"
#include "store.h"

static bool
file_of(const struct config *config, struct arena *a, const char *place,
    const char *name, struct spool *file)
{
	const char *path;

	if (strcmp(place, "s3") == 0)
		return s3_get(config, a, name, file);
	path =
	    arena_printf(a, "%s/%s", config->upload_dir, store_path(a, name));
	if (spool_open(a, path, file))
		return true;
	log_error("import file=%s error=\"%s\"", name, strerror(errno));
	return false;
}

bool
import_open(struct workshop *w, const struct db_step *told,
    struct incoming_plan *plan, struct spool *file)
{
	struct json_error why;

	if (db_text(told, 0, TOLD_FILE) == NULL ||
	    !file_of(w->config, w->arena, db_text(told, 0, TOLD_PLACE),
		db_text(told, 0, TOLD_FILE), file))
		return false;
	*plan = (struct incoming_plan){
		.format = db_text(told, 0, TOLD_FORMAT),
		.resource = db_text(told, 0, TOLD_RESOURCE),
		.encoding = db_text(told, 0, TOLD_ENCODING),
		.delimiter = *db_text(told, 0, TOLD_DELIMITER),
		.has_header = db_bool(told, 0, TOLD_HAS_HEADER),
		.site = w->config->base_url,
		.blanks = strcmp(db_text(told, 0, TOLD_BLANK), "null") == 0,
		.mapping = json_parse(w->arena, db_text(told, 0, TOLD_MAPPING),
		    db_len(told, 0, TOLD_MAPPING), &why),
	};
	return true;
}

struct db_step
import_keep(struct workshop *w, struct arena *a,
    const struct incoming_file *file, size_t *size)
{
	const char **params = arena_array(a, 4, sizeof *params);

	params[0] = arena_strdup(a, file->name);
	params[1] = file->type;
	params[2] = arena_strdup(a, file->base64);
	params[3] = arena_printf(a, "%ld", w->config->upload_quota);
	*size += strlen(params[2]);
	return (struct db_step){
		.sql =
		    SQL("SELECT ops.keep_file($1, $2, NULL, $3, $4::bigint)"),
		.params = params,
		.nparams = 4,
	};
}
