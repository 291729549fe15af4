#ifndef COMMAND_H
#define COMMAND_H

struct arena;

/* How every command ends; the manual page lists the same four. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,      /* refused, failed, or a check found a fault */
	STATUS_USAGE = 2,       /* the command line or a setting is wrong */
	STATUS_UNREACHABLE = 3, /* no answer from the database */
};

/* One word after "tenantry". */
struct command {
	const char *name;
	const char *synopsis; /* what may follow the name, a form a line */
	const char *about;
	enum status (*run)(struct arena *, int argc, char **argv);
};

extern const struct command audit_command;
extern const struct command keys_command;
extern const struct command schema_command;
extern const struct command seed_command;
extern const struct command import_command;
extern const struct command doctor_command;
extern const struct command user_command;
extern const struct command mail_command;
extern const struct command org_command;

/* Prints how the command is used. */
enum status command_usage(const struct command *);

/*
 * The folder that holds migrations/ and schema/: what the caller said,
 * TENANTRY_SQL, or the installed one.
 */
const char *command_sql(const char *said);

#endif
