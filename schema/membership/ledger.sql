-- The ledger: what the organization and its members owe each other, in double-entry bookkeeping. Rows are added and
-- never changed.
--
-- The accounts are "cash", "income", "payouts" and "disputed" of the organization, and "receivable" and "payable" of
-- each member. Each of these accounts exists once per currency. Debits are positive: the balance of a member's account
-- is the amount that the member owes. Triggers on the tables whose rows cause entries add the entries with
-- membership.book().
-- needs: membership/module.sql ops/audit_log.sql

UPDATE identity.module SET self_check = 'membership.wrong_ledgers' WHERE name = 'membership';

-- Makes a table readable without the policies for members, and writable by nobody.
CREATE OR REPLACE FUNCTION membership.append_only(resource text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	tenant_table regclass := format('membership.%I', resource);
BEGIN
	EXECUTE format('DROP POLICY IF EXISTS readers ON %s', tenant_table);
	EXECUTE format('CREATE POLICY readers ON %s FOR SELECT TO tenantry_app USING (true)', tenant_table);
	EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE TRUNCATE ON %s '
		'FOR EACH STATEMENT EXECUTE FUNCTION ops.refuse_change()', tenant_table);
	EXECUTE format('CREATE OR REPLACE TRIGGER no_update BEFORE UPDATE ON %s '
		'FOR EACH ROW EXECUTE FUNCTION ops.refuse_change()', tenant_table);
	EXECUTE format('CREATE OR REPLACE TRIGGER delete_in_purges BEFORE DELETE ON %s '
		'FOR EACH ROW EXECUTE FUNCTION ops.refuse_delete()', tenant_table);
END $$;

SELECT membership.append_only('ledger_accounts');
SELECT membership.append_only('ledger_transactions');
SELECT membership.append_only('ledger_entries');

-- Sets the currency and the member of an entry from its account. The entry must belong to a ledger transaction that
-- this database transaction has created: adding entries to an earlier ledger transaction would change that transaction.
CREATE OR REPLACE FUNCTION membership.complete_entry() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	SELECT a.currency, a.member_id INTO NEW.currency, NEW.member_id FROM membership.ledger_accounts a
	 WHERE a.org_id = NEW.org_id AND a.id = NEW.account_id;
	IF NOT ops.mode('restoring') AND EXISTS (
	    SELECT FROM membership.ledger_transactions t
		WHERE t.org_id = NEW.org_id AND t.id = NEW.transaction_id AND t.created_at <> now()) THEN
		RAISE EXCEPTION 'the transaction % has its entries', NEW.transaction_id USING ERRCODE = '42501';
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT ON membership.ledger_entries
	FOR EACH ROW EXECUTE FUNCTION membership.complete_entry();

-- Sets the time of a ledger transaction. The time identifies the database transaction that has created it.
CREATE OR REPLACE FUNCTION membership.date_transaction() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	NEW.created_at := now();
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER date BEFORE INSERT ON membership.ledger_transactions
	FOR EACH ROW WHEN (current_setting('app.restoring', true) IS DISTINCT FROM 'on')
	EXECUTE FUNCTION membership.date_transaction();

-- Checks at the end of a database transaction that each ledger transaction has entries, and that they sum to zero in
-- each currency. The function runs as the owner, since a member sees only one side. The tenant guard also applies to
-- the owner.
CREATE OR REPLACE FUNCTION membership.check_balanced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	other uuid := ops.org();
	ledger_transaction bigint := CASE TG_TABLE_NAME WHEN 'ledger_entries' THEN (to_jsonb(NEW)->>'transaction_id')::bigint
		ELSE NEW.id END;
	sums numeric[];
BEGIN
	PERFORM ops.set_org(NEW.org_id);
	sums := ARRAY(SELECT sum(e.amount) FROM membership.ledger_entries e
		WHERE e.org_id = NEW.org_id AND e.transaction_id = ledger_transaction GROUP BY e.currency);
	PERFORM ops.set_org(other);
	IF sums = '{}' OR 0 <> ANY (sums) THEN
		RAISE EXCEPTION 'the entries of the transaction % do not sum to zero', ledger_transaction
			USING ERRCODE = 'check_violation';
	END IF;
	RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS balanced ON membership.ledger_entries;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON membership.ledger_entries
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION membership.check_balanced();
DROP TRIGGER IF EXISTS balanced ON membership.ledger_transactions;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON membership.ledger_transactions
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION membership.check_balanced();

-- Maintains the balance of each account as the sum of a few rows of ops.totals, like the totals of lists. Therefore, an
-- account that all payments change does not serialize writers. Archives contain entries, not totals.
CREATE OR REPLACE FUNCTION membership.change_balances() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid;
	account bigint;
	amount bigint;
BEGIN
	FOR org, account, amount IN SELECT c.org_id, c.account_id, sum(c.amount) FROM changed c GROUP BY c.org_id, c.account_id LOOP
		PERFORM ops.add_to_total(org, 'ledger_entries ' || account, amount);
	END LOOP;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER balances AFTER INSERT ON membership.ledger_entries
	REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION membership.change_balances();

-- Returns the balance of an account that the caller may read.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.ledger_balance(account bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	IF NOT coalesce(ops.permits('ledger_accounts', 'read', NULL), false) AND NOT EXISTS (
	    SELECT FROM membership.ledger_accounts a
		WHERE a.org_id = org AND a.id = account AND a.member_id = membership.own_id()) THEN
		RETURN NULL;
	END IF;
	RETURN (SELECT coalesce(sum(t.change), 0) FROM ops.totals t
		WHERE t.org_id = org AND t.resource = 'ledger_entries ' || account);
END $$;

CREATE OR REPLACE VIEW membership.ledger_accounts_summary WITH (security_invoker) AS
SELECT a.org_id, a.id, a.kind, a.currency, a.member_id, membership.ledger_balance(a.id) AS balance, a.created_at, a.updated_at
  FROM membership.ledger_accounts a;
GRANT SELECT ON membership.ledger_accounts_summary TO tenantry_app;

-- Returns the ID of an account. The first entry creates the account.
CREATE OR REPLACE FUNCTION membership.ledger_account(org uuid, kind text, currency text, member bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	account bigint;
BEGIN
	FOR turn IN 1 .. 2 LOOP
		SELECT a.id INTO account FROM membership.ledger_accounts a
		 WHERE a.org_id = org AND a.kind = ledger_account.kind AND a.currency = ledger_account.currency
		   AND a.member_id IS NOT DISTINCT FROM member;
		EXIT WHEN FOUND;
		INSERT INTO membership.ledger_accounts (org_id, kind, currency, member_id)
		VALUES (org, ledger_account.kind, ledger_account.currency, member) ON CONFLICT DO NOTHING;
	END LOOP;
	RETURN account;
END $$;

-- Posts an amount from one account to another, once for each key. A repeated call returns the previous transaction, and
-- is refused if the amount differs. debit and credit are kinds of accounts. "receivable" and "payable" are accounts of
-- the member.
CREATE OR REPLACE FUNCTION membership.book(org uuid, key text, kind text, member bigint, currency text, amount bigint,
	debit text, credit text, resource text, row_id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	ledger_transaction bigint;
	known record;
BEGIN
	INSERT INTO membership.ledger_transactions (org_id, key, kind, member_id, resource, row_id)
	VALUES (org, book.key, book.kind, member, book.resource, book.row_id)
	ON CONFLICT ON CONSTRAINT ledger_transactions_key_key DO NOTHING RETURNING id INTO ledger_transaction;
	IF ledger_transaction IS NULL THEN
		SELECT t.id, t.kind, t.member_id, (SELECT sum(e.amount) FROM membership.ledger_entries e
			WHERE e.org_id = org AND e.transaction_id = t.id AND e.amount > 0) AS amount INTO known
		  FROM membership.ledger_transactions t WHERE t.org_id = org AND t.key = book.key;
		IF (known.kind, known.member_id, known.amount) IS DISTINCT FROM (book.kind, member, book.amount) THEN
			PERFORM ops.refuse('ledger_key_used', NULL, book.key);
		END IF;
		RETURN known.id;
	END IF;
	INSERT INTO membership.ledger_entries (org_id, transaction_id, account_id, amount)
	SELECT org, ledger_transaction, membership.ledger_account(org, a.kind, book.currency,
		CASE WHEN a.kind IN ('receivable', 'payable') THEN member END), a.amount
	  FROM (VALUES (1, debit, book.amount), (2, credit, -book.amount)) a (place, kind, amount) ORDER BY a.place;
	RETURN ledger_transaction;
END $$;

-- Returns the accounts whose balance differs from the sum of their entries, and the transactions that do not sum to
-- zero, for "tenantry doctor --deep".
CREATE OR REPLACE FUNCTION membership.wrong_ledgers(orgs uuid[] DEFAULT NULL) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	other uuid := ops.org();
	org uuid;
BEGIN
	orgs := coalesce(orgs, ARRAY(SELECT o.id FROM identity.organization o));
	FOREACH org IN ARRAY orgs LOOP
		PERFORM ops.set_org(org);
		RETURN QUERY SELECT format('%s: the account %s has %s, not %s', org, coalesce(e.account, t.account), e.sum, t.sum)
			FROM (SELECT x.account_id::text AS account, sum(x.amount) AS sum FROM membership.ledger_entries x
				WHERE x.org_id = org GROUP BY x.account_id) e
			FULL JOIN (SELECT substr(x.resource, 16) AS account, sum(x.change) AS sum FROM ops.totals x
				WHERE x.org_id = org AND x.resource LIKE 'ledger\_entries %' GROUP BY x.resource) t USING (account)
			WHERE e.sum IS DISTINCT FROM t.sum;
		RETURN QUERY SELECT format('%s: the entries of the transaction %s sum to %s', org, x.transaction_id, sum(x.amount))
			FROM membership.ledger_entries x WHERE x.org_id = org
			GROUP BY x.transaction_id, x.currency HAVING sum(x.amount) <> 0;
	END LOOP;
	PERFORM ops.set_org(other);
END $$;
