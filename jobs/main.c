/* The tenantry-jobs program: delivers emails and runs periodic tasks. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "jobs/base/job_supervisor.h"
#include "jobs/base/periodic_tasks.h"
#include "jobs/base/poll_loop.h"
#include "jobs/base/traces.h"
#include "jobs/imports/imports.h"
#include "jobs/integrations/integrations.h"
#include "jobs/mail/mail_queue.h"
#include "jobs/mail/smtp.h"
#include "jobs/outbound/feed.h"
#include "jobs/outbound/payments.h"
#include "jobs/outbound/pictures.h"
#include "jobs/outbound/webhooks.h"
#include "jobs/search/embeddings.h"
#include "jobs/search/search_index.h"
#include "lib/base/address.h"
#include "lib/base/arena.h"
#include "lib/base/config.h"
#include "lib/base/core_dump.h"
#include "lib/base/log.h"
#include "lib/base/renamed_settings.h"
#include "lib/base/secret_files.h"
#include "lib/base/service.h"
#include "lib/base/version.h"
#include "lib/db/connection.h"
#include "lib/db/primary.h"

#define PRIMARY_MS   2000
#define ONCE_SECONDS 45 /* shorter than a minute, the interval of cron */

static volatile sig_atomic_t stopping;

static void
on_term(int signal)
{
	(void)signal;
	stopping = 1;
}

/* Installs the signal handlers. Signals stay blocked outside ppoll(). */
static void
catch_signals(sigset_t *waiting)
{
	struct sigaction term = { .sa_handler = on_term };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, waiting);
	sigdelset(waiting, SIGTERM);
	sigdelset(waiting, SIGINT);
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGINT, &term, NULL);
	signal(SIGPIPE, SIG_IGN); /* the log's reader may end first */
}

static bool
check_database(const char *name, const char *url)
{
	if (*url == '\0' || connection_url_valid(url))
		return true;
	fprintf(stderr, "%s: not a URL of a Postgres database\n", name);
	return false;
}

/* Reads the email settings. Without SMTP_URL, no sender is required. */
static bool
read_settings(struct arena *a, const struct config *config,
    struct smtp_server *server, struct mailbox *from)
{
	const char *text = config->mail_from, *why;
	bool ok = true;

	if (*config->smtp_url == '\0')
		text = "nobody@localhost";
	else if (!smtp_server_read(a, config->smtp_url, server, &why)) {
		fprintf(stderr, "%s\n", why);
		ok = false;
	}
	if (!mailbox_read(a, text, from)) {
		fprintf(stderr,
		    "TENANTRY_MAIL_FROM=%s: who sends, as in "
		    "Acme <crm@example.org>\n",
		    text);
		ok = false;
	}
	return ok;
}

/* Waits while every job would fail. Returns false after a signal to stop. */
static bool
wait_for_primary(const struct config *config, const sigset_t *waiting)
{
	bool said = false;

	while (!stopping && !primary_found(config)) {
		if (!said) {
			log_info(
			    "jobs wait=yes because=\"DATABASE_URL leads to "
			    "a standby\"");
			service_notify("READY=1");
		}
		said = true;
		service_alive();
		poll_loop_wait(PRIMARY_MS, waiting);
	}
	return !stopping;
}

static int
usage(const char *word)
{
	bool help = strcmp(word, "--help") == 0;

	if (strcmp(word, "--version") == 0) {
		puts("tenantry-jobs " TENANTRY_VERSION);
		return EXIT_SUCCESS;
	}
	fputs("usage: tenantry-jobs [--once], configured by the environment:\n",
	    help ? stdout : stderr);
	config_usage(help ? stdout : stderr);
	return help ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	struct smtp_server server;
	struct mailbox from;
	struct config config;
	struct mail_queue mail = { .config = &config, .from = &from };
	const struct job_process jobs[] = {
		{ "periodic_tasks", periodic_tasks_run, &config },
		{ "mail", mail_queue_run, &mail },
		{ "pictures", pictures_run, &config },
		{ "webhooks", webhooks_run, &config },
		{ "payments", payments_run, &config },
		{ "embeddings", embeddings_run, &config },
		{ "search_index", search_index_run, &config },
		{ "imports", imports_run, &config },
		{ "integrations", integrations_run, &config },
		/*
		 * Omitted with --once, because no client listens and the job
		 * would never end.
		 */
		{ "feed", feed_run, &config },
		{ "traces", traces_run, &config },
	};
	int njobs = sizeof jobs / sizeof jobs[0];
	struct arena *arena;
	sigset_t waiting;
	bool once = false, ok = true;

	if (argc > 1 && !(once = strcmp(argv[1], "--once") == 0 && argc == 2))
		return usage(argv[1]);
	core_dump_disable();
	arena = arena_new();
	if (!secret_files_load() || !renamed_settings_apply() ||
	    !config_load(&config, arena) ||
	    !check_database("DATABASE_URL", config.database_url) ||
	    !check_database("TENANTRY_APP_URL", config.app_url) ||
	    !read_settings(arena, &config, &server, &from)) {
		arena_free(arena);
		return EXIT_FAILURE;
	}
	log_open((enum log_level)config.log_level);
	srandom((unsigned)time(NULL) ^ (unsigned)getpid());
	catch_signals(&waiting);
	if (*config.smtp_url != '\0') {
		mail.server = &server;
		log_info("start jobs smtp=%s senders=%ld", server.url,
		    config.mail_senders);
	} else
		log_info("start jobs mail=kept error=\"SMTP_URL is not set: "
			 "nothing is sent\" read=\"tenantry mail\"");
	if (once)
		ok = primary_found(&config) &&
		    job_supervisor_run_once(
			jobs, njobs - 2, ONCE_SECONDS, &stopping, &waiting);
	else if (wait_for_primary(&config, &waiting)) {
		if (!traces_open(&config))
			njobs--; /* the last job is not needed */
		job_supervisor_run(jobs, njobs, &stopping, &waiting);
	}
	log_info("stop jobs");
	arena_free(arena);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
