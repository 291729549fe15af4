\warn 'tenantry schema up runs this step, once' \quit
-- The ledger of the module membership: double entry, append-only.
-- needs: ops/tenant.sql

-- The definitions of a module that other parts call: a periodic task and a check, both functions of the module's schema.
ALTER TABLE identity.module
	ADD COLUMN task text CONSTRAINT module_task_check CHECK (task ~ '^[a-z_]+\.[a-z_0-9]+$'),
	ADD COLUMN self_check text CONSTRAINT module_self_check_check CHECK (self_check ~ '^[a-z_]+\.[a-z_0-9]+$');

CREATE TABLE membership.ledger_accounts (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	kind       text NOT NULL CONSTRAINT ledger_accounts_kind_check CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
	currency   text NOT NULL CONSTRAINT ledger_accounts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	member_id  bigint,	-- whose account it is; null: the organization's
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT ledger_accounts_kind_key UNIQUE NULLS NOT DISTINCT (org_id, kind, currency, member_id),
	CONSTRAINT ledger_accounts_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
);
CREATE INDEX ledger_accounts_member_id ON membership.ledger_accounts (org_id, member_id);
SELECT ops.protect('membership.ledger_accounts', false);
GRANT SELECT ON membership.ledger_accounts TO tenantry_app;

CREATE TABLE membership.ledger_transactions (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	key        text NOT NULL CONSTRAINT ledger_transactions_key_check CHECK (key <> '' AND char_length(key) <= 200),	-- of the event
	kind       text NOT NULL CONSTRAINT ledger_transactions_kind_check CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
	member_id  bigint,
	resource   text,	-- the row whose event it is
	row_id     bigint,
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT ledger_transactions_key_key UNIQUE (org_id, key),
	CONSTRAINT ledger_transactions_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
);
CREATE INDEX ledger_transactions_member_id ON membership.ledger_transactions (org_id, member_id, id);
CREATE INDEX ledger_transactions_row_id ON membership.ledger_transactions (org_id, resource, row_id);
SELECT ops.protect('membership.ledger_transactions', false);
GRANT SELECT ON membership.ledger_transactions TO tenantry_app;

CREATE TABLE membership.ledger_entries (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL DEFAULT ops.new_id(),
	transaction_id bigint NOT NULL,
	account_id     bigint NOT NULL,
	member_id      bigint,	-- of the account
	currency       text NOT NULL,	-- likewise
	amount         bigint NOT NULL CONSTRAINT ledger_entries_amount_check
		CHECK (amount <> 0 AND amount BETWEEN -1000000000000 AND 1000000000000),	-- minor units; debits are positive
	created_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT ledger_entries_transaction_id_fkey FOREIGN KEY (org_id, transaction_id)
		REFERENCES membership.ledger_transactions,
	CONSTRAINT ledger_entries_account_id_fkey FOREIGN KEY (org_id, account_id) REFERENCES membership.ledger_accounts
);
CREATE INDEX ledger_entries_transaction_id ON membership.ledger_entries (org_id, transaction_id);
CREATE INDEX ledger_entries_account_id ON membership.ledger_entries (org_id, account_id, id);
CREATE INDEX ledger_entries_member_id ON membership.ledger_entries (org_id, member_id, id);
SELECT ops.protect('membership.ledger_entries', false);
GRANT SELECT ON membership.ledger_entries TO tenantry_app;
-- down
DROP VIEW IF EXISTS membership.ledger_accounts_summary;
DROP TABLE membership.ledger_entries, membership.ledger_transactions, membership.ledger_accounts CASCADE;
DELETE FROM ops.totals WHERE resource LIKE 'ledger\_entries %';
DELETE FROM identity.resource WHERE name IN ('ledger_accounts', 'ledger_transactions', 'ledger_entries');
ALTER TABLE identity.module DROP COLUMN task, DROP COLUMN self_check;
