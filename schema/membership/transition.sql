-- The state machines of the module: who may make which changes of status.
-- needs: membership/module.sql

-- All changes that are not listed here are refused. "member" is the subject of the row. "staff" are callers whose roles
-- permit updates of these rows. "administrator" is an owner or admin, or a caller whose roles contain the action in the
-- last column. "approver" is an administrator who neither requested the payout nor receives it, and "requester" has
-- requested it. "provider" is the payment provider that charges the payment, or where the payment is disputed. The
-- provider determines the status of these payments, and other callers send requests to the provider. "system" stands
-- for other functions of the module.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.transitions()
RETURNS TABLE (resource text, action text, from_status text, to_status text, callers text[], names text)
LANGUAGE sql IMMUTABLE AS $$
	VALUES	('user_payments', 'succeed', 'pending', 'succeeded', '{staff,provider}'::text[], NULL::text),
		('user_payments', 'succeed', 'failed', 'succeeded', '{provider}', NULL),
		('user_payments', 'succeed', 'cancelled', 'succeeded', '{provider}', NULL),
		('user_payments', 'fail', 'pending', 'failed', '{staff,provider}', NULL),
		('user_payments', 'cancel', 'pending', 'cancelled', '{member,staff,provider}', NULL),
		('user_payments', 'retry', 'failed', 'pending', '{member,staff}', NULL),
		('user_payments', 'refund', 'succeeded', 'refunded', '{administrator,provider}', 'refund'),
		('user_payments', 'return', 'refunded', 'succeeded', '{system}', NULL),	-- an accepted refund has failed
		('user_payouts', 'approve', 'requested', 'approved', '{approver}', 'approve'),
		('user_payouts', 'reject', 'requested', 'rejected', '{approver}', 'approve'),
		('user_payouts', 'cancel', 'requested', 'cancelled', '{requester,staff}', NULL),
		('user_payouts', 'cancel', 'approved', 'cancelled', '{administrator}', 'approve'),
		('user_payouts', 'send', 'approved', 'sent', '{system}', NULL),
		('user_payouts', 'withdraw', 'sent', 'failed', '{administrator}', 'send'),	-- before the bank receives the batch
		('user_payouts', 'settle', 'sent', 'paid', '{system}', NULL),
		('user_payouts', 'settle', 'sent', 'failed', '{system}', NULL),
		('user_payouts', 'settle', 'paid', 'failed', '{system}', NULL),
		('disputes', 'submit', 'open', 'evidence', '{member,staff}', NULL),
		('disputes', 'win', 'open', 'won', '{administrator,provider}', 'decide'),
		('disputes', 'win', 'evidence', 'won', '{administrator,provider}', 'decide'),
		('disputes', 'lose', 'open', 'lost', '{administrator,provider}', 'decide'),
		('disputes', 'lose', 'evidence', 'lost', '{administrator,provider}', 'decide')
$$;

-- Returns whether a role of the caller contains an action. The grants are not sufficient for this: the grants of the
-- role member include all actions.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.names_action(resource text, action text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN ops.administers()
		OR coalesce(ops.permits(resource, action, NULL), false) AND (current_setting('app.grants', true) <> '*' OR EXISTS (
			SELECT FROM identity.organization_member m
			 WHERE m.organization_id = ops.org()
			   AND m.user_id = ops.caller()
			   AND identity.may(m.organization_id, m.role, jsonb_build_object(resource, jsonb_build_array(action)))));
END $$;

-- Returns whether the caller is among those who may make a change of a row. Functions that run as the owner have
-- already checked the caller.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.is_caller(callers text[], resource text, was jsonb, names text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
	own boolean := (was->>'member_id')::bigint = membership.own_id();
	asked boolean := was->>'requested_by' = ops.caller();
	decides boolean;
BEGIN
	IF current_user <> 'tenantry_app' THEN
		RETURN true;
	END IF;
	decides := callers && '{administrator,approver}' AND coalesce(membership.names_action(resource, names), false);
	RETURN coalesce('member' = ANY (callers) AND own OR 'requester' = ANY (callers) AND asked
		OR 'staff' = ANY (callers) AND ops.permits(resource, 'update', NULL)
		OR 'administrator' = ANY (callers) AND decides
		OR 'approver' = ANY (callers) AND decides AND asked IS NOT TRUE AND own IS NOT TRUE, false);
END $$;

-- Refuses a change of a row that its state machine does not permit. The arguments are the columns that may change.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.place_transition() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	was jsonb := to_jsonb(OLD);
	becomes jsonb := to_jsonb(NEW);
	free text[] := '{org_id,status,updated_at}'::text[] || TG_ARGV;
	allowed boolean;
BEGIN
	IF becomes - free <> was - free THEN
		PERFORM ops.refuse('row_fixed');
	ELSIF NEW.status <> OLD.status THEN
		SELECT bool_or(CASE WHEN was->>'provider' IS NOT NULL AND 'provider' = ANY (t.callers) THEN current_user <> 'tenantry_app'
				ELSE membership.is_caller(t.callers, TG_TABLE_NAME, was, t.names) END) INTO allowed
		  FROM membership.transitions() t
		 WHERE (t.resource, t.from_status, t.to_status) = (TG_TABLE_NAME, OLD.status, NEW.status);
		IF allowed IS NULL THEN
			PERFORM ops.refuse('state_change', 'status', NEW.status, OLD.status);
		ELSIF NOT allowed THEN
			PERFORM ops.refuse('role');
		END IF;
	END IF;
	RETURN NEW;
END $$;

-- Returns the transition of a row that corresponds to an action of the caller.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.wanted_transition(resource text, was jsonb, action text, OUT to_status text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM membership.transitions() t
	    WHERE (t.resource, t.action) = (wanted_transition.resource, wanted_transition.action)
	      AND membership.is_caller(t.callers, t.resource, was, t.names)) THEN
		PERFORM ops.refuse('role');
	END IF;
	SELECT t.to_status INTO wanted_transition.to_status FROM membership.transitions() t
	 WHERE (t.resource, t.action, t.from_status) = (wanted_transition.resource, wanted_transition.action, was->>'status')
	   AND membership.is_caller(t.callers, t.resource, was, t.names);
	IF NOT FOUND THEN
		PERFORM ops.refuse('state_change', 'status',
			(SELECT t.to_status FROM membership.transitions() t WHERE (t.resource, t.action) = (wanted_transition.resource, wanted_transition.action) LIMIT 1),
			was->>'status');
	END IF;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.row_json(r anyelement) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT (to_jsonb(r) - 'org_id')::text $$;

-- Changes the status of a row by an action of its state machine, and sets one of its texts. Returns no row if the
-- caller cannot see a row with this ID.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.move_row(resource text, row_id bigint, action text, field name, said text) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
	was jsonb;
	becomes text;
	moved bigint;
BEGIN
	EXECUTE format('SELECT to_jsonb(x) FROM membership.%I x WHERE x.id = $1', resource) INTO was USING row_id;
	IF was IS NULL THEN
		RETURN;
	END IF;
	becomes := membership.wanted_transition(resource, was, action);
	EXECUTE format('UPDATE membership.%I x SET status = $2, %I = $3 WHERE x.id = $1 AND x.status = $4 RETURNING x.id', resource, field)
		INTO moved USING row_id, becomes, said, was->>'status';
	IF moved IS NULL THEN
		PERFORM ops.refuse('changed_meanwhile', 'status');
	END IF;
	RETURN QUERY EXECUTE format('SELECT membership.row_json(x) FROM membership.%I x WHERE x.id = $1',
		CASE resource WHEN 'user_payouts' THEN 'user_payouts_summary' ELSE resource END) USING row_id;
END $$;
