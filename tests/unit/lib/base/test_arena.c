#include "tests/unit/fixture.h"

static void
memory_is_zeroed_and_aligned(void **state)
{
	struct arena *a = arena_new();
	size_t i, j;

	(void)state;
	for (i = 1; i < 3000; i += 7) {
		unsigned char *p = arena_alloc(a, i);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (j = 0; j < i; j++)
			assert_int_equal(p[j], 0);
		memset(p, 0xff, i);
	}
	arena_free(a);
}

static void
allocations_do_not_overlap(void **state)
{
	struct arena *a = arena_new();
	char *one = arena_strdup(a, "one"),
	     *two = arena_strndup(a, "twofold", 3);
	char *big = arena_alloc(a, 1 << 20);

	(void)state;
	memset(big, 'x', 1 << 20);
	assert_string_equal(one, "one");
	assert_string_equal(two, "two");
	assert_string_equal(
	    arena_printf(a, "%s-%s-%d", one, two, 3), "one-two-3");
	arena_free(a);
}

static char order[8];

static char letters[] = "abcd";

static void
note(void *letter)
{
	order[strlen(order)] = *(char *)letter;
}

static void
reset_runs_deferred_functions_once_newest_first(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	memset(order, 0, sizeof order);
	arena_defer(a, note, letters + 0);
	arena_defer(a, note, letters + 1);
	arena_defer(a, note, letters + 2);
	arena_reset(a);
	assert_string_equal(order, "cba");
	arena_reset(a);
	assert_string_equal(order, "cba");
	arena_defer(a, note, letters + 3);
	arena_free(a);
	assert_string_equal(order, "cbad");
}

static void
an_arena_is_usable_after_reset(void **state)
{
	struct arena *a = arena_new();
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		memset(arena_alloc(a, 5000), i, 5000);
		arena_reset(a);
	}
	assert_int_equal(*(char *)arena_alloc(a, 5000), 0);
	arena_free(a);
	arena_free(NULL);
}

static void
allocate_too_much(void *arena)
{
	arena_array(arena, SIZE_MAX / 2, 4);
}

static void
an_overflowing_size_is_fatal(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_true(fixture_ends(allocate_too_much, a));
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(allocations_do_not_overlap),
		cmocka_unit_test(
		    reset_runs_deferred_functions_once_newest_first),
		cmocka_unit_test(an_arena_is_usable_after_reset),
		cmocka_unit_test(an_overflowing_size_is_fatal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
