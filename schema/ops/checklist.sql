-- The checklist: the items that users check after a migration, and their answers.

-- Returns whether users see an item. The items of a maintenance window appear when the window is over.
CREATE OR REPLACE FUNCTION ops.checklist_shown(i ops.checklist_item) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT i.removed_at IS NULL AND (i.maintenance_id IS NULL OR EXISTS (SELECT FROM ops.maintenance m
		WHERE m.id = i.maintenance_id AND m.state = 'done'))
$$;

-- Returns the items that a user sees, each with the user's answer.
CREATE OR REPLACE FUNCTION ops.checklist_of(uid text) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_object('id', i.id, 'text_en', i.text_en, 'text_fr',
			coalesce(i.text_fr, i.text_en), 'state', a.state, 'detail', a.detail, 'answered_at', a.answered_at)
			ORDER BY i.id), '[]')
	  FROM ops.checklist_item i
	  LEFT JOIN ops.checklist_answer a ON a.item_id = i.id AND a.user_id = uid
	 WHERE ops.checklist_shown(i)
$$;

-- Stores the answer of the request's user, which replaces any earlier answer. Repeating an answer changes nothing, not
-- even the time of the answer. A null answer removes the stored answer.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.answer_checklist(item text, answer text, detail text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	uid text := ops.caller();
	wanted bigint;
BEGIN
	SELECT i.id INTO wanted FROM ops.checklist_item i WHERE i.id::text = item AND ops.checklist_shown(i);
	IF wanted IS NULL THEN
		PERFORM ops.refuse('no_such_item');
	ELSIF answer IS NULL THEN
		DELETE FROM ops.checklist_answer a WHERE a.item_id = wanted AND a.user_id = uid;
	ELSE
		INSERT INTO ops.checklist_answer AS a (item_id, user_id, state, detail)
		VALUES (wanted, uid, answer, answer_checklist.detail)
		ON CONFLICT ON CONSTRAINT checklist_answer_pkey DO UPDATE SET state = excluded.state,
			detail = excluded.detail, answered_at = now()
		 WHERE (a.state, a.detail) IS DISTINCT FROM (excluded.state, excluded.detail);
	END IF;
	RETURN (SELECT e FROM json_array_elements(ops.checklist_of(uid)) e WHERE (e->>'id')::bigint = wanted);
END $$;

-- Returns the answers to each item and the users who gave them, oldest first. Removed items are included only if they
-- have answers.
CREATE OR REPLACE FUNCTION ops.checklist_report() RETURNS TABLE (id bigint, item text, maintenance_id bigint,
	removed boolean, email text, name text, organizations text[], state text, detail text, answered_at timestamptz)
LANGUAGE sql STABLE AS $$
	SELECT i.id, i.text_en, i.maintenance_id, i.removed_at IS NOT NULL, u.email, u.name,
		ARRAY(SELECT o.name FROM identity.organization_member m
			JOIN identity.organization o ON o.id = m.organization_id WHERE m.user_id = u.id ORDER BY o.name),
		a.state, a.detail, a.answered_at
	  FROM ops.checklist_item i
	  LEFT JOIN ops.checklist_answer a ON a.item_id = i.id
	  LEFT JOIN identity."user" u ON u.id = a.user_id
	 WHERE i.removed_at IS NULL OR a.item_id IS NOT NULL
	 ORDER BY i.id, a.answered_at, u.email
$$;

-- Returns the result of ops.checklist_report() for operators through the API.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION ops.list_checklist() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	PERFORM identity.need_operator();
	RETURN (SELECT coalesce(json_agg(json_build_object('id', i.id, 'item', i.item, 'maintenance_id', i.maintenance_id,
			'removed', i.removed, 'verified', i.verified, 'problems', i.problems, 'answers', i.answers)
			ORDER BY i.id), '[]')
	  FROM (SELECT r.id, r.item, r.maintenance_id, r.removed,
			count(*) FILTER (WHERE r.state = 'verified') AS verified,
			count(*) FILTER (WHERE r.state = 'problem') AS problems,
			coalesce(json_agg(json_build_object('email', r.email, 'name', r.name, 'organizations', r.organizations,
				'state', r.state, 'detail', r.detail, 'answered_at', r.answered_at) ORDER BY r.answered_at, r.email)
				FILTER (WHERE r.state IS NOT NULL), '[]') AS answers
		FROM ops.checklist_report() r GROUP BY r.id, r.item, r.maintenance_id, r.removed) i);
END $$;

-- Adds an item to a maintenance window or, with null, to none. If an equal item exists, it is kept unless it was
-- removed. Returns the ID of the item.
CREATE OR REPLACE FUNCTION ops.add_checklist_item(maintenance bigint, english text, french text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	item bigint;
BEGIN
	LOCK TABLE ops.checklist_item IN SHARE ROW EXCLUSIVE MODE;
	SELECT i.id INTO item FROM ops.checklist_item i
	 WHERE i.maintenance_id IS NOT DISTINCT FROM maintenance AND i.text_en = english AND i.removed_at IS NULL;
	IF item IS NULL THEN
		INSERT INTO ops.checklist_item AS i (maintenance_id, text_en, text_fr)
		VALUES (maintenance, english, french) RETURNING i.id INTO item;
	ELSE
		UPDATE ops.checklist_item i SET text_fr = coalesce(french, i.text_fr) WHERE i.id = item;
	END IF;
	RETURN item;
END $$;
