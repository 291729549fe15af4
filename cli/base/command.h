#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct pg;

/*
 * The exit statuses of every command. tenantry(1) lists the same four statuses.
 */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* refused or failed, or a check found a fault */
	STATUS_USAGE = 2,  /* the command line or a setting is wrong */
	STATUS_UNREACHABLE = 3, /* no response from the database */
};

/* The options. Two options can have the same name if their meanings differ. */
enum command_option {
	OPTION_NONE, /* ends a subcommand's list */
	OPTION_ACTION,
	OPTION_ALLOW_LOSS,
	OPTION_APPLICATION,
	OPTION_AT_ONCE,
	OPTION_BACK,
	OPTION_BEFORE,
	OPTION_CHECK,
	OPTION_CHECKLIST,
	OPTION_CHECKSUM,
	OPTION_DEEP,
	OPTION_DESPITE_DOCTOR,
	OPTION_DETACHED,
	OPTION_DIR,
	OPTION_DRY_RUN,
	OPTION_DUE,
	OPTION_EXECUTE,
	OPTION_FOR,
	OPTION_FR,
	OPTION_FROM,
	OPTION_FROM_SETTINGS,
	OPTION_HEAD,
	OPTION_HELP, /* an option that every subcommand has */
	OPTION_HOSTING,
	OPTION_JOINS,
	OPTION_JSON,
	OPTION_LATE,
	OPTION_LIMIT,
	OPTION_MAIL,
	OPTION_NO_ARCHIVE,
	OPTION_OF_ACTION,
	OPTION_OF_USER,
	OPTION_ONE_WAY,
	OPTION_ORG,
	OPTION_ORG_SLUG,
	OPTION_PLAN,
	OPTION_PLAN_FILE,
	OPTION_PLAN_ONLY,
	OPTION_QUICK,
	OPTION_REASON,
	OPTION_RECORD,
	OPTION_RESET,
	OPTION_RESOURCE,
	OPTION_RESTORE,
	OPTION_ROW,
	OPTION_SEED,
	OPTION_SETTINGS,
	OPTION_SINCE,
	OPTION_SLUG,
	OPTION_TEXT,
	OPTION_TO_ADDRESS,
	OPTION_TO_FILE,
	OPTION_TO_TIME,
	OPTION_TOKEN,
	OPTION_UNTIL,
	OPTION_USER,
	OPTION_YES,
	OPTION_YES_I_MEAN,
	OPTION_YES_RUN,
	OPTION__MAX
};

enum value_kind { VALUE_TEXT, VALUE_NUMBER, VALUE_FILE };

/* The syntax and help text of an option. */
struct command_option_text {
	const char *name;
	const char
	    *value; /* the name of its value; NULL: the option has no value */
	const char *help;
	enum value_kind kind;
	bool required;
};

struct invocation;

/* Maximum number of options per subcommand, including OPTION_NONE. */
#define COMMAND_OPTIONS 10

struct subcommand {
	const char *name; /* NULL: the command without a subcommand */
	/*
	 * The rest of the command in the help. An argument in brackets is
	 * optional, and an argument that ends in "..." can be repeated.
	 */
	const char *arguments;
	const char *help;
	enum status (*run)(struct invocation *);
	enum command_option options[COMMAND_OPTIONS];
};

/* The connection that is opened before the command runs. */
enum connect {
	CONNECT_NOT,      /* none; the command may open one itself */
	CONNECT_NEVER,    /* none, and the command needs no settings */
	CONNECT_BACKUP,   /* none, but the command needs the backup settings */
	CONNECT_SUPPORT,  /* and also files that only root can read */
	CONNECT_DATABASE, /* opens the database at DATABASE_URL */
	CONNECT_OPERATOR, /* opens it, and names the operator in the audit log */
};

struct command {
	const char *name;
	const char *help;
	enum connect connect;
	const struct subcommand *subcommands;
	int n;
};

/* The commands and options of tenantry, from the table in commands.c. */
extern const struct command commands[];
extern const int ncommands;
extern const struct command_option_text command_options[OPTION__MAX];

/* A command line option. The value of a flag is "". */
struct given_option {
	enum command_option option;
	const char *value;
};

/* A command line that was checked against the table. */
struct invocation {
	struct arena *arena;
	struct pg *pg; /* NULL with CONNECT_NOT and similar values */
	const struct command *command;
	const struct subcommand *subcommand;
	const char **arguments; /* ends with NULL */
	int narguments;
	struct given_option *options; /* in the order of the command line */
	int noptions;
};

/*
 * Parses a command line. Returns false if no command runs, because help was
 * printed or an error was reported on stderr. In that case, *status is the exit
 * status.
 */
bool command_parse(
    struct invocation *, int argc, char **argv, enum status *status);

/* Returns the last value of an option, or NULL if the option was not given. */
const char *command_value(const struct invocation *, enum command_option);

bool command_flag(const struct invocation *, enum command_option);

/* Reports a command line error, and the usage. */
enum status command_misused(const struct invocation *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Returns the directory that contains migrations/ and schema/: --dir,
 * TENANTRY_SQL or the installed directory.
 */
const char *command_sql(const struct invocation *);

/* tenantry help */
enum status command_help(struct invocation *);

#endif
