/* Opens an import's file, and stores the pictures in it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/base/periodic_tasks.h"
#include "jobs/imports/import_file.h"
#include "jobs/imports/import_job.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/spool.h"
#include "lib/db/db.h"
#include "lib/format/import_reader.h"
#include "lib/storage/store.h"
#include "schema/ops/file.h"

bool
import_file_open(struct job_context *w, const struct db_step *row,
    struct import_plan *plan, struct spool *file)
{
	struct json_error why;

	if (db_text(row, 0, IMPORT_JOB_FILE) == NULL ||
	    !store_open(w->config, w->arena, db_text(row, 0, IMPORT_JOB_PLACE),
		db_text(row, 0, IMPORT_JOB_FILE), file))
		return false;
	*plan = (struct import_plan){
		.format = db_text(row, 0, IMPORT_JOB_FORMAT),
		.resource = db_text(row, 0, IMPORT_JOB_RESOURCE),
		.encoding = db_text(row, 0, IMPORT_JOB_ENCODING),
		.delimiter = *db_text(row, 0, IMPORT_JOB_DELIMITER),
		.skip = strtol(db_text(row, 0, IMPORT_JOB_SKIP), NULL, 10),
		.has_header = db_bool(row, 0, IMPORT_JOB_HAS_HEADER),
		.site = w->config->base_url,
		.blanks =
		    strcmp(db_text(row, 0, IMPORT_JOB_BLANK), "null") == 0,
		.mapping =
		    json_parse(w->arena, db_text(row, 0, IMPORT_JOB_MAPPING),
			db_len(row, 0, IMPORT_JOB_MAPPING), &why),
	};
	return true;
}

struct db_step
import_file_keep(struct job_context *w, struct arena *a,
    const struct import_picture *file, size_t *size)
{
	*size += strlen(file->base64);
	return ops_keep_file(a, .name = arena_strdup(a, file->name),
	    .type = file->type, .bytes = arena_strdup(a, file->base64),
	    .quota = arena_printf(a, "%ld", w->config->upload_quota));
}
