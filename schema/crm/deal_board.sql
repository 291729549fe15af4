-- The board of deals: the order of cards and stages.
--
-- These functions run as their caller, so row security applies inside them. Only the positions on the board are written
-- with all permissions.

-- Prevents concurrent moves from renumbering the same column. A move locks the columns that it renumbers, and
-- renaming columns locks the whole board.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hold_board() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(
		hashtextextended('board ' || ops.org(), 0));
END $$;

-- Locks the column of a deal and another column, in the order of their names. First waits for a concurrent move of the
-- same deal: the deal's new column could be out of that order. If a different change has moved the deal nevertheless,
-- its new column is locked, too.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hold_columns(deal bigint, stage text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	board text := 'board ' || ops.org();
	held text[] := '{}';
	wanted text[];
	name text;
BEGIN
	PERFORM pg_advisory_xact_lock_shared(hashtextextended(board, 0));
	PERFORM pg_advisory_xact_lock(hashtextextended('deal ' || deal || ' of ' || board, 0));
	LOOP
		wanted := ARRAY(SELECT d.stage FROM crm.deals d WHERE d.id = deal UNION SELECT hold_columns.stage
			EXCEPT SELECT unnest(held) ORDER BY 1);
		EXIT WHEN wanted = '{}';
		FOREACH name IN ARRAY wanted LOOP
			PERFORM pg_advisory_xact_lock(hashtextextended(board || ' ' || name, 0));
		END LOOP;
		held := held || wanted;
	END LOOP;
END $$;

-- Numbers deals from 0 in the given order. Returns the deals whose number has changed. Deals beyond the largest
-- possible number share that number.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.number_deals(ids bigint[]) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	changed bigint[];
BEGIN
	WITH u AS (
		UPDATE crm.deals d SET index = p.place
		  FROM (SELECT id, least(n - 1, 32767) AS place
			  FROM unnest(ids) WITH ORDINALITY x (id, n)) p
		 WHERE d.id = p.id AND d.index IS DISTINCT FROM p.place
		RETURNING d.id)
	SELECT coalesce(array_agg(u.id), '{}') INTO changed FROM u;
	RETURN changed;
END $$;

-- Moves a deal to a column (null: its current column), to a position counted from 0 among the visible deals, or next to
-- one of these deals. Renumbers both columns without archived deals. Returns the IDs of the changed deals, with the
-- moved deal first.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.place_deal(deal bigint, stage text, place bigint, before bigint, after bigint)
RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	origin text;
	target text;
	others bigint[];
	changed bigint[];
	grants text := current_setting('app.grants', true);
BEGIN
	stage := crm.spelled_stage(stage);
	PERFORM crm.hold_columns(deal, stage);
	-- The board is renumbered with all permissions: cards that the caller cannot change move as well.
	IF grants IS DISTINCT FROM '*' THEN
		PERFORM ops.refuse_fixed('deals', jsonb_build_object('stage', d.stage),
			jsonb_build_object('stage', coalesce(place_deal.stage, d.stage))) FROM crm.deals d WHERE d.id = deal FOR UPDATE;
		IF NOT FOUND THEN
			PERFORM ops.refuse('no_such_deal');
		END IF;
		before := coalesce((SELECT d.id FROM crm.deals d WHERE d.id = before), before * 0);
		after := coalesce((SELECT d.id FROM crm.deals d WHERE d.id = after), after * 0);
		PERFORM ops.begin_system();
	END IF;
	SELECT d.stage INTO origin FROM crm.deals d WHERE d.id = deal;
	PERFORM FROM crm.deals d
	  WHERE (d.stage IN (origin, place_deal.stage) AND d.archived_at IS NULL) OR d.id = deal
	  ORDER BY d.id FOR UPDATE;
	SELECT d.stage INTO origin FROM crm.deals d WHERE d.id = deal;
	IF NOT FOUND THEN
		PERFORM ops.refuse('no_such_deal');
	END IF;
	target := coalesce(place_deal.stage, origin);
	others := ARRAY(SELECT d.id FROM crm.deals d WHERE d.stage = target AND d.id <> deal
		AND d.archived_at IS NULL ORDER BY d.index, d.id);
	place := CASE
		WHEN before IS NOT NULL THEN array_position(others, before) - 1
		WHEN after IS NOT NULL THEN array_position(others, after)
		ELSE least(greatest(place, 0), cardinality(others)) END;
	IF place IS NULL THEN
		PERFORM ops.refuse('deal_in_another_stage', CASE WHEN before IS NOT NULL THEN 'before_id' ELSE 'after_id' END);
	END IF;
	UPDATE crm.deals d SET stage = target, index = least(place, 32767)
	 WHERE d.id = deal AND (d.stage, d.index) IS DISTINCT FROM (target, least(place, 32767));
	changed := crm.number_deals(others[:place] || deal || others[place + 1:]);
	IF target <> origin THEN
		changed := changed || crm.number_deals(ARRAY(SELECT d.id FROM crm.deals d
			WHERE d.stage = origin AND d.archived_at IS NULL ORDER BY d.index, d.id));
	END IF;
	PERFORM ops.end_system(grants);
	IF NOT EXISTS (SELECT FROM crm.deals d WHERE d.id = deal) THEN
		PERFORM ops.refuse('role', 'stage');
	END IF;
	RETURN deal || changed;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.deals_json(ids bigint[]) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(crm.shown('deals', to_jsonb(d)) - 'org_id'
			- crm.module_columns('deals') ORDER BY d.id <> ids[1], d.id), '[]')
		FROM crm.deals d WHERE d.id = ANY (ids));
END $$;

-- Moves a deal that is no longer archived to the top of its column. Returns the IDs of the changed deals.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.put_back_deal(deal bigint) RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	changed bigint[] := crm.place_deal(deal, NULL, 0, NULL, NULL);
BEGIN
	UPDATE crm.deals d SET archived_at = NULL WHERE d.id = deal;
	RETURN changed;
END $$;

-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.unarchive_deal(deal bigint) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	RETURN crm.deals_json(crm.put_back_deal(deal));
END $$;

-- Returns the stages that a deal was in. Renaming a stage is not a change of the deals. A renaming is recognized by a
-- write of the configuration in the same request.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.stage_changes(deal bigint)
RETURNS TABLE (at timestamptz, user_id text, was text, stage text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	minute bigint := 60000::bigint << 12;
BEGIN
	RETURN QUERY SELECT l.at, l.user_id, l.was, l.stage
	  FROM (SELECT a.id, a.at, a.user_id, a.request_id, a.new->>'stage' AS stage,
			coalesce(lag(a.new->>'stage') OVER (ORDER BY a.id), a.old->>'stage') AS was	-- old: earlier entries may be detached
		  FROM ops.audit_log a
		 WHERE a.org_id = org AND a.row_id = deal::text AND a.table_name = 'deals'
		   AND a.action <> 'delete') l
	 WHERE l.stage IS DISTINCT FROM l.was
	   AND NOT EXISTS (SELECT FROM ops.audit_log c
		WHERE c.org_id = org AND c.row_id = '1' AND c.table_name = 'configuration'
		  AND c.id BETWEEN l.id - minute AND l.id + minute AND c.request_id = l.request_id)
	 ORDER BY l.id;
END $$;

-- Returns the response to GET /api/deals/{id}/stages, or null if the caller cannot see the deal.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.deal_stages(deal bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT json_agg(json_build_object('stage', c.stage, 'was', c.was,
			'at', c.at, 'sales_id', s.id, 'name', concat_ws(' ', s.first_name, s.last_name))
			ORDER BY c.at)
		  FROM crm.stage_changes(deal) c LEFT JOIN crm.sales s ON s.user_id = c.user_id),
		'[]')::text
	 WHERE EXISTS (SELECT FROM crm.deals d WHERE d.id = deal) AND crm.sees_past('deals', deal)
$$;
