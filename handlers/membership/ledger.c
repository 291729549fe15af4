/*
 * The resources ledger_accounts, ledger_transactions and ledger_entries, which
 * triggers of other rows write.
 */
#include <stddef.h>

#include "fcgi/http/route.h"

static const struct column account_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "kind", VALUE_TEXT, 0, NULL },
	{ "currency", VALUE_TEXT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "balance", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column transaction_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "key", VALUE_TEXT, 0, NULL },
	{ "kind", VALUE_TEXT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "resource", VALUE_TEXT, 0, NULL },
	{ "row_id", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct column entry_columns[] = {
	{ "id", VALUE_BIGINT, 0, NULL },
	{ "transaction_id", VALUE_BIGINT, 0, NULL },
	{ "account_id", VALUE_BIGINT, 0, NULL },
	{ "member_id", VALUE_BIGINT, 0, NULL },
	{ "currency", VALUE_TEXT, 0, NULL },
	{ "amount", VALUE_BIGINT, 0, NULL },
	COLUMNS_OF_TIME,
	{ .name = NULL },
};

static const struct reference member_reference[] = {
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct reference entry_references[] = {
	{ "transaction", "transaction_id", "ledger_transactions" },
	{ "account", "account_id", "ledger_accounts" },
	{ "member", "member_id", "user_profiles" },
	{ .name = NULL },
};

static const struct resource ledger_accounts = {
	.name = "ledger_accounts",
	.view = "membership.ledger_accounts_summary",
	.verbs = VERB_READ,
	.columns = account_columns,
	.references = member_reference,
};

static const struct resource ledger_transactions = {
	.name = "ledger_transactions",
	.view = "membership.ledger_transactions",
	.verbs = VERB_READ,
	.columns = transaction_columns,
	.references = member_reference,
};

static const struct resource ledger_entries = {
	.name = "ledger_entries",
	.view = "membership.ledger_entries",
	.verbs = VERB_READ,
	.columns = entry_columns,
	.references = entry_references,
};

static const struct resource *const resources[] = {
	&ledger_accounts,
	&ledger_transactions,
	&ledger_entries,
	NULL,
};

const struct module ledger_module = {
	.name = "ledger",
	.org_module = "membership",
	.resources = resources,
};
