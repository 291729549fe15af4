#include <stdlib.h>

#include "tests/unit/fixture.h"

static struct arena *arena;

static void
set(const char *name, const char *value)
{
	assert_int_equal(setenv(name, value, 1), 0);
}

/* Sets a complete environment without any other variable of Tenantry. */
static int
good_environment(void **state)
{
	(void)state;
	assert_int_equal(clearenv(), 0);
	set("DATABASE_URL", "postgresql:///crm");
	set("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef");
	set("BETTER_AUTH_URL", "http://127.0.0.1:8080");
	return 0;
}

static void
load(void *want)
{
	struct config config;

	if (config_load(&config, arena) != *(bool *)want)
		abort();
}

/* Loads the settings with stderr discarded. */
static bool
loads(void)
{
	bool yes = true;

	return !fixture_ends(load, &yes);
}

#define NEW "a new secret of thirty-two letters"

static void
unset_settings_have_defaults(void **state)
{
	struct config config;

	(void)state;
	assert_true(config_load(&config, arena));
	assert_string_equal(config.app_url, "");
	assert_int_equal(config.signup, SIGN_UP_INVITED);
	assert_int_equal(config.max_body, 1048576);
	assert_true(config.rate_limit);
	assert_false(config_secure(&config));
	set("BETTER_AUTH_URL", "https://crm.example.org");
	assert_true(config_load(&config, arena));
	assert_true(config_secure(&config));
}

static void
the_first_of_several_secrets_is_current(void **state)
{
	static const char *const bad[] = { "2", "2:short", "x:" NEW, ":" NEW,
		"2:" NEW ",short", NEW };
	struct config config;
	const char *old = getenv("BETTER_AUTH_SECRET");
	char all[256];
	size_t i;

	(void)state;
	assert_true(config_load(&config, arena));
	assert_string_equal(config.secret, old);
	assert_string_equal(config.secrets, old);
	set("BETTER_AUTH_SECRETS", "2:" NEW ",1:older " NEW);
	assert_true(config_load(&config, arena));
	assert_string_equal(config.secret, NEW);
	snprintf(all, sizeof all, NEW "\nolder " NEW "\n%s", old);
	assert_string_equal(config.secrets, all);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		set("BETTER_AUTH_SECRETS", bad[i]);
		assert_false(loads());
	}
}

static void
missing_required_settings_are_rejected(void **state)
{
	static const char *const names[] = { "DATABASE_URL",
		"BETTER_AUTH_SECRET", "BETTER_AUTH_URL" };
	size_t i;

	assert_true(loads());
	for (i = 0; i < 3; i++) {
		good_environment(state);
		unsetenv(names[i]);
		assert_false(loads());
		set(names[i], "");
		assert_false(loads());
	}
}

static void
invalid_settings_are_rejected(void **state)
{
	static const char *const wrong[][2] = {
		{ "BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcde" },
		{ "BETTER_AUTH_URL", "127.0.0.1:8080" },
		{ "BETTER_AUTH_URL", "ftp://127.0.0.1" },
		{ "BETTER_AUTH_URL", "http://" },
		{ "BETTER_AUTH_URL", "http://127.0.0.1/" },
		{ "TENANTRY_COOKIE_DOMAIN", "example.org" },
		{ "TENANTRY_RP_ID", "example.org" },
		{ "TENANTRY_RP_ID", "7.0.0.1" },
		{ "TENANTRY_RP_ID", ".0.0.1" },
		{ "TENANTRY_RP_ID", "x127.0.0.1" },
		{ "TENANTRY_WORKERS", "many" },
		{ "TENANTRY_WORKERS", "-1" },
		{ "TENANTRY_WORKERS", "4 " },
		{ "TENANTRY_WORKERS", "257" },
		{ "TENANTRY_MAX_BODY", "99999999999999999999" },
		{ "TENANTRY_RATE_LIMIT", "yes" },
		{ "SIGNUP", "closed" },
		{ "TENANTRY_REDIRECT_URLS", "app.test/in" },
		{ "TENANTRY_REDIRECT_URLS",
		    "https://a.test/x,https://*.b.test" },
		{ "TENANTRY_REDIRECT_URLS", "https://a.test/x#y" },
		{ "TENANTRY_REDIRECT_URLS", "://a.test" },
	};
	size_t i;

	for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		good_environment(state);
		assert_true(loads());
		set(wrong[i][0], wrong[i][1]);
		if (loads())
			fail_msg("%s=%s", wrong[i][0], wrong[i][1]);
	}
}

static void
rp_id_is_the_host_or_a_parent_domain(void **state)
{
	static const char *const good[] = { "crm.example.org", "example.org" };
	size_t i;

	(void)state;
	set("BETTER_AUTH_URL", "https://crm.example.org:8443");
	for (i = 0; i < sizeof good / sizeof good[0]; i++) {
		set("TENANTRY_RP_ID", good[i]);
		assert_true(loads());
	}
	set("TENANTRY_RP_ID", "ample.org");
	assert_false(loads());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    the_first_of_several_secrets_is_current, good_environment),
		cmocka_unit_test_setup(
		    unset_settings_have_defaults, good_environment),
		cmocka_unit_test_setup(
		    missing_required_settings_are_rejected, good_environment),
		cmocka_unit_test_setup(
		    invalid_settings_are_rejected, good_environment),
		cmocka_unit_test_setup(
		    rp_id_is_the_host_or_a_parent_domain, good_environment),
	};

	int failed;

	arena = arena_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(arena);
	return failed;
}
