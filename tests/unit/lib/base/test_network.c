#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/base/network.h"
#include "tests/unit/fixture.h"

static union {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
} address;

static const struct sockaddr *
at(const char *text)
{
	memset(&address, 0, sizeof address);
	if (strchr(text, ':') == NULL) {
		address.in.sin_family = AF_INET;
		assert_int_equal(
		    inet_pton(AF_INET, text, &address.in.sin_addr), 1);
	} else {
		address.in6.sin6_family = AF_INET6;
		assert_int_equal(
		    inet_pton(AF_INET6, text, &address.in6.sin6_addr), 1);
	}
	return &address.any;
}

static void
global_addresses_are_public(void **state)
{
	static const char *const list[] = { "8.8.8.8", "1.1.1.1",
		"9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "128.0.0.0", "169.253.255.255",
		"169.255.0.0", "172.15.255.255", "172.32.0.0",
		"192.167.255.255", "192.169.0.0", "223.255.255.255",
		"2a00:1450:4001::1", "2606:4700::1111", "::ffff:8.8.8.8",
		"64:ff9b::808:808" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof list / sizeof list[0]; i++)
		if (!network_public(at(list[i])))
			fail_msg("%s is public", list[i]);
}

static void
internal_addresses_are_not_public(void **state)
{
	static const char *const list[] = { "0.0.0.0", "0.1.2.3", "10.0.0.1",
		"10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
		"127.255.255.255", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1",
		"192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
		"203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::7f00:1", "fc00::1", "fd12:3456::1", "fe80::1",
		"fec0::1", "ff02::1", "100::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "3fff::1", "::ffff:127.0.0.1",
		"::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
		"64:ff9b::a00:1", "64:ff9b:1::a00:1", "4000::1" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof list / sizeof list[0]; i++)
		if (network_public(at(list[i])))
			fail_msg("%s leads inside", list[i]);
}

static void
other_families_are_not_public(void **state)
{
	struct sockaddr local = { .sa_family = AF_UNIX };

	(void)state;
	assert_false(network_public(&local));
	assert_false(network_loopback(&local));
}

static void
loopback_is_detected(void **state)
{
	(void)state;
	assert_true(network_loopback(at("127.0.0.1")));
	assert_true(network_loopback(at("127.9.9.9")));
	assert_true(network_loopback(at("::1")));
	assert_true(network_loopback(at("::ffff:127.0.0.1")));
	assert_false(network_loopback(at("0.0.0.0")));
	assert_false(network_loopback(at("10.0.0.1")));
	assert_false(network_loopback(at("::")));
	assert_false(network_loopback(at("8.8.8.8")));
}

static void
address_lists_are_parsed(void **state)
{
	static const char *const good[] = { "", "192.0.2.1", "::1",
		"192.0.2.1,198.51.100.0/24 , 2001:db8::/32", "0.0.0.0/0" };
	static const char *const bad[] = { "x", "192.0.2", "192.0.2.1/33",
		"192.0.2.1/", "192.0.2.1/-1", "192.0.2.1/ 8", "::1/129",
		"192.0.2.1/8x", "192.0.2.1;192.0.2.2",
		"0000:0000:0000:0000:0000:ffff:255.255.255.255:1/128" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(network_list_valid(good[i]));
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(network_list_valid(bad[i]));
}

static void
addresses_are_found_in_lists(void **state)
{
	static const char list[] =
	    "192.0.2.1, 198.51.100.0/22,2001:db8:8000::/33";

	(void)state;
	assert_true(network_listed(list, "192.0.2.1"));
	assert_true(network_listed(list, "::ffff:192.0.2.1"));
	assert_false(network_listed(list, "192.0.2.2"));
	assert_true(network_listed(list, "198.51.103.255"));
	assert_false(network_listed(list, "198.51.104.0"));
	assert_true(network_listed(list, "2001:db8:ffff::1"));
	assert_false(network_listed(list, "2001:db8:7fff::1"));
	assert_true(network_listed("0.0.0.0/0", "8.8.8.8"));
	assert_false(network_listed("0.0.0.0/0", "2001:db8::1"));
	assert_true(network_listed("::/0", "8.8.8.8"));
	assert_false(network_listed("", "192.0.2.1"));
	assert_false(network_listed(list, ""));
	assert_false(network_listed(list, "unix:"));
	assert_false(network_listed("192.0.2.1,x", "192.0.2.1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(global_addresses_are_public),
		cmocka_unit_test(internal_addresses_are_not_public),
		cmocka_unit_test(other_families_are_not_public),
		cmocka_unit_test(loopback_is_detected),
		cmocka_unit_test(address_lists_are_parsed),
		cmocka_unit_test(addresses_are_found_in_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
