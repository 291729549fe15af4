/*
 * The table of commands. The parser, the help texts and the shell completion
 * all read the table, and a test compares it with tenantry(1).
 */
#include "cli/base/commands.h"

#define FLAG(name, help)                                                       \
	{                                                                      \
		name, NULL, help, VALUE_TEXT, false                            \
	}
#define VALUE(name, value, help)                                               \
	{                                                                      \
		name, value, help, VALUE_TEXT, false                           \
	}

const struct command_option_text command_options[OPTION__MAX] = {
	[OPTION_ACTION] = VALUE("action", "NAME",
	    "only events of this action, or of all that begin with \"NAME.\""),
	[OPTION_ALLOW_LOSS] = FLAG("allow-loss",
	    "also delete fields with values and objects with rows"),
	[OPTION_APPLICATION] = { "application", "FOLDER",
	    "inspect: the folder with the application's migrations, in "
	    "SQL",
	    VALUE_FILE, false },
	[OPTION_AT_ONCE] = FLAG(
	    "at-once", "stop publishing the older keys now (for a leaked key)"),
	[OPTION_BACK] = FLAG("back", "install the previous release again"),
	[OPTION_BEFORE] = { "before", "TIME",
	    "rows that were sealed before this time", VALUE_TEXT, false },
	[OPTION_CHECK] =
	    FLAG("check", "change nothing; only check, and print the result"),
	[OPTION_CHECKLIST] = { "checklist", "FILE",
	    "checklist of the window; each line: an item, a tab, the French "
	    "text",
	    VALUE_FILE, false },
	[OPTION_CHECKSUM] = VALUE(
	    "checksum", "SUM", "refuse an archive with a different checksum"),
	[OPTION_DEEP] =
	    FLAG("deep", "also compare derived data with all rows (slow)"),
	[OPTION_DESPITE_DOCTOR] = FLAG("despite-doctor",
	    "continue although \"tenantry doctor\" finds failures"),
	[OPTION_DETACHED] = { "detached", "FILE",
	    "also verify a file of detached rows (can be repeated)", VALUE_FILE,
	    false },
	[OPTION_DIR] = { "dir", "DIR",
	    "directory that holds journeys, migrations and schema", VALUE_FILE,
	    false },
	[OPTION_DRY_RUN] =
	    FLAG("dry-run", "roll back all changes at the end and only report"),
	[OPTION_DUE] = { "due", "DAYS",
	    "rows older than the retention of their organization, and than "
	    "this number of days",
	    VALUE_NUMBER, false },
	[OPTION_EXECUTE] = FLAG("execute", "change data"),
	[OPTION_FOR] = VALUE(
	    "for", "TIME", "end the ban after this time, such as \"30 days\""),
	[OPTION_FR] = VALUE("fr", "TEXT", "the same in French"),
	[OPTION_FROM] = { "from", "FILE", "read the answers from this file",
	    VALUE_FILE, false },
	[OPTION_FROM_SETTINGS] = { "from", "FILE",
	    "settings of the installation where the release was tried",
	    VALUE_FILE, true },
	[OPTION_HEAD] = VALUE("head", "HEAD",
	    "compare with a head printed earlier (can be repeated)"),
	[OPTION_HELP] = FLAG("help", "show this help, then exit"),
	[OPTION_HOSTING] = { "hosting", "DIR",
	    "set up shared hosting without root, with settings in this "
	    "directory",
	    VALUE_FILE, false },
	[OPTION_JOINS] = FLAG("joins", "users in the group become members"),
	[OPTION_JSON] = FLAG("json", "print JSON"),
	[OPTION_LATE] =
	    FLAG("late", "also seal rows added below an existing seal"),
	[OPTION_LIMIT] = { "limit", "NUMBER",
	    "print at most this many events (default: 50)", VALUE_NUMBER,
	    false },
	[OPTION_MAIL] = FLAG("mail", "email the link instead of printing it"),
	[OPTION_NO_ARCHIVE] = { "no-archive", NULL,
	    "rollback: do not export organizations before they are deleted",
	    VALUE_TEXT, false },
	[OPTION_OF_ACTION] =
	    VALUE("action", "NAME", "only rows of this action"),
	[OPTION_OF_USER] = VALUE("user", "ID", "only rows of this user"),
	[OPTION_ONE_WAY] = FLAG("one-way",
	    "continue although the previous release cannot use the new schema"),
	[OPTION_ORG] = VALUE("org", "ID", "only this organization"),
	[OPTION_ORG_SLUG] =
	    VALUE("org", "ORG", "only this organization, by slug or ID"),
	[OPTION_PLAN] =
	    FLAG("plan", "change nothing; print what would be done"),
	[OPTION_PLAN_FILE] = { "plan", "FILE",
	    "the plan (default: JOURNEY.yaml in this folder)", VALUE_FILE,
	    false },
	[OPTION_PLAN_ONLY] = { "plan", NULL,
	    "print the plan, and change nothing", VALUE_TEXT, true },
	[OPTION_QUICK] = FLAG("quick",
	    "only quick checks, and those of problems that users notice at "
	    "once"),
	[OPTION_REASON] =
	    VALUE("reason", "TEXT", "reason shown to administrators"),
	[OPTION_RECORD] = FLAG("record", "keep the verdicts for GET /metrics"),
	[OPTION_RESET] = FLAG("reset",
	    "delete the organization if it exists, and create it again"),
	[OPTION_RESOURCE] =
	    VALUE("resource", "NAME", "only rows of this resource"),
	[OPTION_RESTORE] = { "restore", "ARCHIVE",
	    "a new machine: take over the settings, data and files of a backup",
	    VALUE_FILE, false },
	[OPTION_ROW] = VALUE("row", "ID", "only changes of this row"),
	[OPTION_SEED] = { "seed", "NUMBER",
	    "selects the rows to compare field by field (default: 1)",
	    VALUE_NUMBER, false },
	[OPTION_SETTINGS] =
	    FLAG("settings", "also restore the settings with all secrets"),
	[OPTION_SINCE] =
	    VALUE("since", "TIME", "only events at or after this time"),
	[OPTION_SLUG] = VALUE("slug", "SLUG", "slug of the new organization"),
	[OPTION_TEXT] = VALUE(
	    "text", "TEXT", "only rows whose old or new values contain this"),
	[OPTION_TO_ADDRESS] =
	    VALUE("to", "ADDRESS", "only emails to this address"),
	[OPTION_TO_FILE] = { "to", "FILE", "file to create", VALUE_FILE, true },
	[OPTION_TO_TIME] = { "to", "TIME",
	    "such as \"2026-01-31 12:00:00\", local time", VALUE_TEXT, true },
	[OPTION_TOKEN] = VALUE("token", "TOKEN",
	    "the go token of the dry run (default: in JOURNEY.token)"),
	[OPTION_UNTIL] = VALUE("until", "TIME", "only rows before this time"),
	[OPTION_USER] = VALUE("user", "USER", "only events of this user"),
	[OPTION_YES] = { "yes", NULL, "confirm the deletion", VALUE_TEXT,
	    true },
	[OPTION_YES_I_MEAN] = VALUE(
	    "yes-i-mean", "DATABASE", "confirm with the name of the database"),
	[OPTION_YES_RUN] =
	    FLAG("yes", "do not ask for the name of the database"),
};

static const struct subcommand setup_table[] = {
	{ NULL, "",
	    "Set up database, web server and services on this machine, as "
	    "root, or shared hosting.",
	    setup,
	    { OPTION_FROM, OPTION_RESTORE, OPTION_CHECK, OPTION_HOSTING } },
};

static const struct subcommand nginx_table[] = {
	{ NULL, "[FOLDER]",
	    "Check that the web server serves the site of this version.", nginx,
	    { OPTION_CHECK } },
};

static const struct subcommand upgrade_table[] = {
	{ NULL, "[PACKAGE]",
	    "Install a release after a rehearsal, or go back to the previous "
	    "one, "
	    "as root.",
	    upgrade,
	    { OPTION_PLAN, OPTION_BACK, OPTION_ONE_WAY,
		OPTION_DESPITE_DOCTOR } },
};

static const struct subcommand postgres_table[] = {
	{ "upgrade", "[VERSION]",
	    "Move the local Postgres to a major version that is installed, "
	    "after a\nbackup and a rehearsal, as root.",
	    postgres, { OPTION_PLAN } },
	{ "rehearse", "[VERSION]",
	    "Rehearse with a copy while the installation runs, and compare.",
	    postgres, { OPTION_NONE } },
	{ "back", "", "Return to the previous version, as root.", postgres,
	    { OPTION_YES_I_MEAN } },
};

static const struct subcommand promote_table[] = {
	{ NULL, "",
	    "Compare this installation with one where a release was tried: "
	    "settings,\nschema, connections, rows and disk.",
	    promote, { OPTION_PLAN_ONLY, OPTION_FROM_SETTINGS, OPTION_DIR } },
};

static const struct subcommand schema_table[] = {
	{ "up", "[N]",
	    "Run the migrations that have not run and the changed definitions.",
	    schema, { OPTION_DIR } },
	{ "down", "[N]",
	    "Revert the last run, or all after migration N (0: all).", schema,
	    { OPTION_DIR } },
	{ "plan", "[N]", "Print what \"up\" would run.", schema,
	    { OPTION_DIR } },
	{ "reset", "", "Delete all data and create the schema again.", schema,
	    { OPTION_YES_I_MEAN, OPTION_DIR } },
	{ "show", "RESOURCE",
	    "Print a resource and the objects generated from it.", schema_show,
	    { OPTION_NONE } },
	{ "status", "", "List migrations and definitions and when they ran.",
	    schema, { OPTION_DIR } },
	{ "verify", "",
	    "Compare the database with a new installation and name every "
	    "difference.",
	    schema, { OPTION_DIR } },
};

static const struct subcommand seed_table[] = {
	{ NULL, "NAME",
	    "Create the organization demo, or the demo of a module; none "
	    "creates nothing (for scripts).",
	    seed_organization, { OPTION_RESET, OPTION_DIR } },
};

static const struct subcommand import_table[] = {
	{ "better-auth", "",
	    "Import from the database of a Better Auth server.",
	    import_better_auth, { OPTION_DRY_RUN } },
};

static const struct subcommand migrate_table[] = {
	{ NULL, "JOURNEY VERB [ARGUMENT]...",
	    "Migrate data from SOURCE_DATABASE_URL.  VERB is inspect, plan, "
	    "dry-run, sign, run,\nstatus, watch, set, verify, retry-rejects, "
	    "rollback or finish, in this order.",
	    migrate,
	    { OPTION_PLAN_FILE, OPTION_EXECUTE, OPTION_YES_RUN, OPTION_TOKEN,
		OPTION_SEED, OPTION_JSON, OPTION_APPLICATION, OPTION_NO_ARCHIVE,
		OPTION_DIR } },
};

static const struct subcommand doctor_table[] = {
	{ NULL, "", "Check the installation and explain how to fix problems.",
	    doctor, { OPTION_DEEP, OPTION_QUICK, OPTION_RECORD } },
};

static const struct subcommand watch_table[] = {
	{ NULL, "",
	    "Email operators about problems that the doctor finds, and when "
	    "they end (for a timer).",
	    watch_problems, { OPTION_NONE } },
};

static const struct subcommand service_table[] = {
	{ "start", "", "Start all services of this machine, as root.", service,
	    { OPTION_NONE } },
	{ "stop", "", "Stop all services, as root.", service, { OPTION_NONE } },
	{ "restart", "",
	    "Restart all services, as root; requests wait meanwhile.", service,
	    { OPTION_NONE } },
	{ "status", "", "List the services; fails if one is not running.",
	    service, { OPTION_NONE } },
	{ "follow", "", "Print the log of all services, until Ctrl-C.", service,
	    { OPTION_NONE } },
};

static const struct subcommand support_bundle_table[] = {
	{ NULL, "",
	    "Print a compressed tar file for support, without secrets, to be "
	    "redirected\nto a file.",
	    support_bundle, { OPTION_NONE } },
};

static const struct subcommand user_table[] = {
	{ "list", "[TEXT]",
	    "List users; with TEXT, those whose address, name or role matches.",
	    user_list, { OPTION_JSON } },
	{ "show", "USER", "Show a user, by email address or ID.", user_show,
	    { OPTION_JSON } },
	{ "sessions", "USER", "List the sessions of a user.", user_sessions,
	    { OPTION_JSON } },
	{ "revoke", "USER [SESSION]", "End one session of a user, or all.",
	    user_revoke, { OPTION_NONE } },
	{ "reset-second-factor", "USER", "Turn two-factor authentication off.",
	    user_reset_second_factor, { OPTION_NONE } },
	{ "create", "ADDRESS NAME",
	    "Create a user and print a link to set the password.", user_create,
	    { OPTION_MAIL } },
	{ "password", "USER", "Print a link to set a new password.",
	    user_password, { OPTION_MAIL } },
	{ "invite-admin", "ADDRESS",
	    "Print a link that makes its user an administrator.",
	    user_invite_admin, { OPTION_MAIL } },
	{ "role", "USER ROLE", "Set the roles of a user, separated by commas.",
	    user_role, { OPTION_NONE } },
	{ "ban", "USER", "Ban a user and end all sessions.", user_ban,
	    { OPTION_FOR, OPTION_REASON } },
	{ "unban", "USER", "Allow a banned user to sign in again.", user_unban,
	    { OPTION_NONE } },
	{ "remove", "USER",
	    "Delete a user and the organizations without other members.",
	    user_remove, { OPTION_YES } },
};

static const struct subcommand fields_table[] = {
	{ "export", "ORG [FILE]",
	    "Write the fields and objects as JSON, for version control.",
	    fields_export, { OPTION_NONE } },
	{ "apply", "ORG [FILE]",
	    "Create, change and delete fields and objects as in the file.",
	    fields_apply, { OPTION_DRY_RUN, OPTION_ALLOW_LOSS, OPTION_JSON } },
};

static const struct subcommand org_table[] = {
	{ "list", "[TEXT]",
	    "List organizations; with TEXT, those whose slug or name matches.",
	    org_list, { OPTION_JSON } },
	{ "show", "ORG", "Show an organization, by slug or ID.", org_show,
	    { OPTION_JSON } },
	{ "members", "ORG", "List the members and their roles.", org_members,
	    { OPTION_JSON } },
	{ "create", "NAME OWNER", "Create an organization.", org_create,
	    { OPTION_SLUG } },
	{ "add", "ORG USER [ROLE]", "Add a member (default role: member).",
	    org_add, { OPTION_NONE } },
	{ "role", "ORG USER ROLE",
	    "Set the roles of a member, separated by commas.", org_role,
	    { OPTION_NONE } },
	{ "remove", "ORG USER", "Remove a member.", org_remove,
	    { OPTION_NONE } },
	{ "transfer", "ORG USER", "Make a member the owner.", org_transfer,
	    { OPTION_NONE } },
	{ "groups", "ORG",
	    "List the roles that groups of identity providers give.",
	    org_groups, { OPTION_JSON } },
	{ "map", "ORG PROVIDER GROUP ROLE", "Give a role to a group.", org_map,
	    { OPTION_JOINS } },
	{ "unmap", "ORG PROVIDER GROUP ROLE", "Undo \"map\".", org_unmap,
	    { OPTION_NONE } },
	{ "module", "ORG [MODULE] [STATE]",
	    "List the modules, or switch one \"on\" or \"off\".", org_module,
	    { OPTION_JSON } },
	{ "limit", "ORG NUMBER", "Set the maximum number of members.",
	    org_limit, { OPTION_NONE } },
	{ "delete", "ORG", "Delete an organization; it can be restored.",
	    org_delete, { OPTION_YES } },
	{ "suspend", "ORG", "Deny all access to an organization.", org_suspend,
	    { OPTION_NONE } },
	{ "usage", "ORG", "List the rows, files and emails of an organization.",
	    org_usage, { OPTION_JSON } },
	{ "quota", "ORG [KIND] [NUMBER]",
	    "List the quotas of an organization, or set one; \"none\" "
	    "removes it.",
	    org_quota, { OPTION_JSON } },
	{ "read-only", "ORG STATE",
	    "Refuse changes to an organization (\"on\"), or no longer "
	    "(\"off\").",
	    org_read_only, { OPTION_NONE } },
	{ "sandbox", "ORG NAME USER",
	    "Create a sandbox with the settings of an organization.",
	    org_sandbox, { OPTION_SLUG } },
	{ "reset", "ORG",
	    "Delete the rows of a sandbox, and copy the settings again.",
	    org_reset, { OPTION_YES } },
	{ "restore", "ORG", "Undo \"delete\" or \"suspend\".", org_restore,
	    { OPTION_NONE } },
	{ "export", "ORG", "Write an organization into an archive.", org_export,
	    { OPTION_TO_FILE } },
	{ "import", "FILE", "Create an organization from an archive.",
	    org_import, { OPTION_SLUG, OPTION_CHECKSUM } },
	{ "checksum", "ORG", "Print the checksums that an archive would have.",
	    org_checksum, { OPTION_NONE } },
};

static const struct subcommand access_table[] = {
	{ "explain", "ORG USER RESOURCE [ID]",
	    "Explain what a member may do with the rows of a resource, or with "
	    "one row.",
	    access_explain, { OPTION_JSON } },
};

static const struct subcommand mail_table[] = {
	{ NULL, "", "List emails; the same as \"list\".", mail_list,
	    { OPTION_TO_ADDRESS, OPTION_JSON } },
	{ "list", "", "List emails, oldest first.", mail_list,
	    { OPTION_TO_ADDRESS, OPTION_JSON } },
	{ "failed", "", "List emails that were not delivered.", mail_failed,
	    { OPTION_TO_ADDRESS, OPTION_JSON } },
	{ "show", "ID", "Show an email with its content.", mail_show,
	    { OPTION_JSON } },
	{ "retry", "ID...", "Resend emails.", mail_retry, { OPTION_NONE } },
	{ "test", "ADDRESS",
	    "Send a test email through the mail server and print the result.",
	    mail_test, { OPTION_NONE } },
};

static const struct subcommand jobs_table[] = {
	{ NULL, "", "List queues and periodic jobs; the same as \"list\".",
	    jobs_list, { OPTION_JSON } },
	{ "list", "",
	    "List the queues, and the last and next run of each periodic job.",
	    jobs_list, { OPTION_JSON } },
	{ "waiting", "[QUEUE]",
	    "List waiting and running entries, due ones first.", jobs_waiting,
	    { OPTION_JSON } },
	{ "failed", "[QUEUE]", "List entries that failed permanently.",
	    jobs_failed, { OPTION_JSON } },
	{ "log", "ID", "List failed attempts, newest first.", jobs_log,
	    { OPTION_JSON } },
	{ "retry", "QUEUE|ID...", "Retry entries now.", jobs_retry,
	    { OPTION_NONE } },
	{ "cancel", "ID...", "Cancel waiting entries.", jobs_cancel,
	    { OPTION_NONE } },
};

static const struct subcommand maintenance_table[] = {
	{ NULL, "", "List maintenance windows; the same as \"list\".",
	    maintenance_list, { OPTION_JSON } },
	{ "schedule", "TIME MINUTES TEXT",
	    "Announce planned maintenance, with a text for users.",
	    maintenance_schedule, { OPTION_CHECKLIST } },
	{ "reschedule", "TIME MINUTES", "Move the planned maintenance.",
	    maintenance_reschedule, { OPTION_NONE } },
	{ "cancel", "", "Cancel the planned maintenance.", maintenance_cancel,
	    { OPTION_NONE } },
	{ "list", "", "List maintenance windows, newest first.",
	    maintenance_list, { OPTION_JSON } },
	{ "preview", "", "Print the emails about the planned maintenance.",
	    maintenance_preview, { OPTION_NONE } },
	{ "done", "", "End the maintenance that has begun.", maintenance_done,
	    { OPTION_NONE } },
};

static const struct subcommand checklist_table[] = {
	{ NULL, "", "List the items; the same as \"list\".", checklist_list,
	    { OPTION_JSON } },
	{ "add", "TEXT", "Add an item, which all users see.", checklist_add,
	    { OPTION_FR } },
	{ "list", "", "List the items, with the number of answers.",
	    checklist_list, { OPTION_JSON } },
	{ "report", "", "Print who verified what and when, and the problems.",
	    checklist_report, { OPTION_JSON } },
	{ "remove", "ID", "Remove an item.", checklist_remove,
	    { OPTION_NONE } },
};

static const struct subcommand keys_table[] = {
	{ "list", "", "List the signing keys.", keys_list, { OPTION_NONE } },
	{ "rotate", "", "Create a new key, which signs from now on.",
	    keys_rotate, { OPTION_AT_ONCE } },
};

static const struct subcommand audit_table[] = {
	{ NULL, "", "Print account events, oldest first.", audit_events,
	    { OPTION_USER, OPTION_ACTION, OPTION_SINCE, OPTION_LIMIT,
		OPTION_JSON } },
	{ "seal", "", "Seal the new rows of the audit log.", audit_seal,
	    { OPTION_LATE } },
	{ "head", "", "Print the newest hash, to be stored elsewhere.",
	    audit_head, { OPTION_ORG } },
	{ "verify", "[FILE...]",
	    "Verify all seals of the audit log, or files of detached rows.",
	    audit_verify, { OPTION_ORG, OPTION_HEAD, OPTION_DETACHED } },
	{ "detach", "FILE", "Move old rows of the audit log to a new file.",
	    audit_detach, { OPTION_BEFORE, OPTION_DUE, OPTION_ORG } },
	{ "search", "FILE...", "Find rows in files of detached rows.",
	    audit_search,
	    { OPTION_ORG, OPTION_OF_USER, OPTION_RESOURCE, OPTION_ROW,
		OPTION_OF_ACTION, OPTION_SINCE, OPTION_UNTIL, OPTION_TEXT } },
};

static const struct subcommand backup_table[] = {
	{ NULL, "", "Make a backup; the same as \"create\".", backup,
	    { OPTION_NONE } },
	{ "create", "",
	    "Back up the database and the files, and verify the backup.",
	    backup, { OPTION_NONE } },
	{ "list", "", "List the backups, oldest first.", backup,
	    { OPTION_NONE } },
	{ "get", "[NAME]",
	    "Print a backup (default: the newest), to be redirected to a file.",
	    backup, { OPTION_NONE } },
	{ "accept", "[NAME]",
	    "Count a suspect backup (default: the newest) as good.", backup,
	    { OPTION_NONE } },
	{ "verify", "[NAME]",
	    "Restore a backup (default: the newest) to a scratch database and "
	    "compare.",
	    backup, { OPTION_NONE } },
	{ "prune", "", "Delete the backups beyond BACKUP_KEEP.", backup,
	    { OPTION_NONE } },
	{ "rehearse", "FOLDER [NAME]",
	    "Restore a backup to a scratch database and update its schema with "
	    "the release in a folder.",
	    backup, { OPTION_NONE } },
};

static const struct subcommand restore_table[] = {
	{ NULL, "[NAME]",
	    "Restore a backup (default: the newest) to an empty database.",
	    restore, { OPTION_YES_I_MEAN, OPTION_SETTINGS } },
};

static const struct subcommand drill_table[] = {
	{ NULL, "",
	    "Restore the local Postgres to a point in time, into a scratch "
	    "cluster, and prove it.",
	    drill, { OPTION_TO_TIME } },
	{ "setup", "",
	    "Archive the changes of the local Postgres with pgBackRest.", drill,
	    { OPTION_NONE } },
};

static const struct subcommand routes_table[] = {
	{ NULL, "", "List old paths; the same as \"list\".", routes_list,
	    { OPTION_JSON } },
	{ "list", "", "List old paths of the API and how much they are used.",
	    routes_list, { OPTION_JSON } },
	{ "usage", "[PATH]",
	    "List who called old paths in the last 30 days, most calls first.",
	    routes_usage, { OPTION_JSON } },
	{ "retire", "PATH",
	    "Answer an old path with 410, if it is past its date and unused.",
	    routes_retire, { OPTION_YES_I_MEAN } },
	{ "restore", "PATH", "Undo \"retire\".", routes_restore,
	    { OPTION_NONE } },
};

static const struct subcommand cache_table[] = {
	{ "clear", "",
	    "Clear the caches of workers and clients within a second.",
	    cache_clear, { OPTION_NONE } },
};

static const struct subcommand search_table[] = {
	{ "check", "", "Compare the search index with all rows.", search_check,
	    { OPTION_ORG_SLUG } },
	{ "rebuild", "",
	    "Repair and rebuild the search index while clients read and write.",
	    search_rebuild, { OPTION_ORG_SLUG } },
};

static const struct subcommand completion_table[] = {
	{ "bash", "", "Print a completion script for bash.", completion_bash,
	    { OPTION_NONE } },
};

static const struct subcommand dev_table[] = {
	{ NULL, "[CHECKOUT]",
	    "Start a checkout, restart it when a source changes, and print "
	    "mail.",
	    dev, { OPTION_NONE } },
};

static const struct subcommand help_table[] = {
	{ NULL, "[COMMAND] [SUBCOMMAND]",
	    "Show this help, or the help for a command.", command_help,
	    { OPTION_NONE } },
};

#define SUBCOMMANDS(table) table, sizeof(table) / sizeof(table)[0]

const struct command commands[] = {
	{ "setup", "Set up this machine: database, web server, services.",
	    CONNECT_NEVER, SUBCOMMANDS(setup_table) },
	{ "upgrade", "Upgrade this machine to a new release, or roll back.",
	    CONNECT_NEVER, SUBCOMMANDS(upgrade_table) },
	{ "postgres", "Move the local Postgres to a new version, or roll back.",
	    CONNECT_NEVER, SUBCOMMANDS(postgres_table) },
	{ "promote", "Plan to install the release of another installation.",
	    CONNECT_NOT, SUBCOMMANDS(promote_table) },
	{ "nginx", "Check the web server.", CONNECT_NEVER,
	    SUBCOMMANDS(nginx_table) },
	{ "schema", "Change the schema of the database.", CONNECT_NOT,
	    SUBCOMMANDS(schema_table) },
	{ "seed", "Create sample data.", CONNECT_NOT, SUBCOMMANDS(seed_table) },
	{ "import",
	    "Import the users of another system from SOURCE_DATABASE_URL.",
	    CONNECT_NOT, SUBCOMMANDS(import_table) },
	{ "migrate", "Migrate data from another system.", CONNECT_BACKUP,
	    SUBCOMMANDS(migrate_table) },
	{ "doctor", "Check database, settings, sockets, mail and disk.",
	    CONNECT_NOT, SUBCOMMANDS(doctor_table) },
	{ "watch", "Email operators about problems.", CONNECT_NOT,
	    SUBCOMMANDS(watch_table) },
	{ "service", "Start, stop, restart and follow all services.",
	    CONNECT_NEVER, SUBCOMMANDS(service_table) },
	{ "support-bundle", "Collect data for support, without secrets.",
	    CONNECT_SUPPORT, SUBCOMMANDS(support_bundle_table) },
	{ "user", "Manage users and administrators.", CONNECT_OPERATOR,
	    SUBCOMMANDS(user_table) },
	{ "org", "Manage organizations and their members.", CONNECT_OPERATOR,
	    SUBCOMMANDS(org_table) },
	{ "fields", "Export and apply custom fields and objects.",
	    CONNECT_OPERATOR, SUBCOMMANDS(fields_table) },
	{ "access", "Explain what members of an organization may do.",
	    CONNECT_DATABASE, SUBCOMMANDS(access_table) },
	{ "mail", "Show and resend emails.", CONNECT_DATABASE,
	    SUBCOMMANDS(mail_table) },
	{ "audit", "Print account events; seal and verify the audit log.",
	    CONNECT_DATABASE, SUBCOMMANDS(audit_table) },
	{ "jobs", "Show the work of tenantry-jobs.", CONNECT_DATABASE,
	    SUBCOMMANDS(jobs_table) },
	{ "maintenance", "Announce planned maintenance to users.",
	    CONNECT_OPERATOR, SUBCOMMANDS(maintenance_table) },
	{ "checklist", "Let users check the data after a migration.",
	    CONNECT_OPERATOR, SUBCOMMANDS(checklist_table) },
	{ "routes", "Show who calls old paths of the API, and retire them.",
	    CONNECT_DATABASE, SUBCOMMANDS(routes_table) },
	{ "cache", "Clear the caches of workers and clients.", CONNECT_DATABASE,
	    SUBCOMMANDS(cache_table) },
	{ "search", "Check and rebuild the search index.", CONNECT_DATABASE,
	    SUBCOMMANDS(search_table) },
	{ "keys", "Manage the keys that sign tokens for third parties.",
	    CONNECT_NOT, SUBCOMMANDS(keys_table) },
	{ "backup", "Back up the installation.", CONNECT_BACKUP,
	    SUBCOMMANDS(backup_table) },
	{ "restore", "Restore a backup.", CONNECT_NEVER,
	    SUBCOMMANDS(restore_table) },
	{ "drill", "Rehearse a restore to a point in time.", CONNECT_NEVER,
	    SUBCOMMANDS(drill_table) },
	{ "dev", "Run a checkout for its developer.", CONNECT_NEVER,
	    SUBCOMMANDS(dev_table) },
	{ "completion", "Print a shell completion script.", CONNECT_NEVER,
	    SUBCOMMANDS(completion_table) },
	{ "help", "Show help.", CONNECT_NEVER, SUBCOMMANDS(help_table) },
};

const int ncommands = sizeof commands / sizeof commands[0];
