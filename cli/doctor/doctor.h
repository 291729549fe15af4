#ifndef DOCTOR_H
#define DOCTOR_H

#include <stdbool.h>

struct arena;
struct json_object;
struct pg;
struct pg_rows;

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL, VERDICT__MAX };

/* The state of one tenantry doctor run. */
struct doctor {
	struct arena *arena;
	struct pg *pg;   /* NULL: the database is unreachable */
	const char *sql; /* the folder that contains migrations/ and schema/ */
	bool quick;
	bool schema_differs;       /* if true, derived data cannot be checked */
	struct json_object *found; /* values to record; NULL: none */
	int count[VERDICT__MAX];
};

/* Prints a table line. A warning or failure says what to do. */
void report(struct doctor *, enum verdict, const char *what, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/*
 * Prints a line for each row. A row has a name, a word for the verdict, and a
 * text.
 */
void report_rows(struct doctor *, const struct pg_rows *);

/* Returns the value of an environment variable, or "" if it is not set. */
const char *environment(const char *name);

/* Returns the first line that a command prints, or NULL. */
const char *first_line(struct arena *, const char *command);

/* Returns true if the units in systemd/ are installed and enabled. */
bool systemd_starts_workers(void);

/*
 * Sets the variables with the workers' sockets that are not set yet, if systemd
 * starts the workers. Returns false on an error.
 */
bool assume_sockets(void);

/* Checks of the database server, which run only with a connection. */
void check_server(struct doctor *);
void check_owner(struct doctor *);
void check_worker_role(struct doctor *);
void check_worker_login(struct doctor *);
void check_program_roles(struct doctor *);
void check_console(struct doctor *);
void check_server_state(struct doctor *);
void check_pooler(struct doctor *);
void check_read_server(struct doctor *);
void check_extensions(struct doctor *);
void check_schema(struct doctor *);
void check_row_security(struct doctor *);
void check_collation(struct doctor *);
void check_clock(struct doctor *);
void check_audit_log(struct doctor *);
void check_backups(struct doctor *);
void check_host(struct doctor *);
void check_aside(struct doctor *);
void check_queues(struct doctor *);
void check_periodic_jobs(struct doctor *);
void check_webhooks(struct doctor *);
void check_feed_hosts(struct doctor *);
void check_files(struct doctor *);
void check_hosts(struct doctor *);
void check_sealed_values(struct doctor *);

/* Compares derived data with its source rows (--deep). */
void check_derived_data(struct doctor *);

/* Checks of this machine and of the environment. */
void check_secret(struct doctor *);
void check_url(struct doctor *);
void check_names(struct doctor *);
void check_sockets(struct doctor *);
void check_shares(struct doctor *);
void check_services(struct doctor *);
void check_units(struct doctor *);
void check_package(struct doctor *);
void check_time_service(struct doctor *);
void check_mail(struct doctor *);
void check_programs(struct doctor *);
void check_disk(struct doctor *);

#endif
