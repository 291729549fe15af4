/* Forgets the files and errors of imports that can no longer be undone. */
#include "chores.h"
#include "db.h"

static enum chore_end
run(struct workshop *w)
{
	struct db_step step = { .sql = SQL("SELECT ops.purge_imports(100)") };

	return chores_purge(w, "imports", &step, 100);
}

const struct chore import_files_chore = { "import_files", 3600, run };
