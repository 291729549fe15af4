-- Posts in a news feed: the staff writes and publishes them, and the audience reads them.
-- needs: membership/card_number.sql membership/module.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.newsfeed_posts
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

SELECT ops.require_module('membership.newsfeed_reads', 'membership');

-- Returns the tiers of the caller's current memberships.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.own_tiers() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT m.tier FROM membership.user_memberships m
		WHERE m.org_id = ops.org() AND m.member_id = membership.own_id()
		  AND m.status = 'active' AND m.starts_on <= current_date AND (m.ends_on IS NULL OR m.ends_on >= current_date));
END $$;

-- A caller who cannot read all posts can read the published posts for their audience.
SELECT ops.require_module('membership.newsfeed_posts', 'membership');
SELECT ops.restrict('membership.newsfeed_posts', NULL, NULL, 'ops.permits(''newsfeed_posts'', $action, NULL) '
	'OR $action = ''read'' AND published_at <= now() AND CASE audience WHEN ''all'' THEN true '
	'WHEN ''members'' THEN (SELECT membership.own_tiers()) <> ''{}'' ELSE tier = ANY ((SELECT membership.own_tiers())::text[]) END');

-- Returns the time at which the caller read a post.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.own_read_at(post bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN (SELECT r.read_at FROM membership.newsfeed_reads r
		WHERE r.org_id = ops.org() AND r.post_id = post
		  AND r.member_id = membership.own_id());
END $$;

CREATE OR REPLACE VIEW membership.newsfeed WITH (security_invoker) AS
SELECT p.org_id, p.id, p.title, p.body, p.audience, p.tier, p.published_at, membership.own_read_at(p.id) AS read_at,
	p.created_at, p.updated_at
  FROM membership.newsfeed_posts p;
GRANT SELECT ON membership.newsfeed TO tenantry_app;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.keep_read(post bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF membership.own_id() IS NULL THEN
		PERFORM ops.refuse('no_profile');
	END IF;
	INSERT INTO membership.newsfeed_reads (org_id, post_id, member_id)
	VALUES (ops.org(), post, membership.own_id())
	ON CONFLICT ON CONSTRAINT newsfeed_reads_post_id_key DO NOTHING;
END $$;

-- Marks a post as read by the caller, unless it is already marked. Returns no row if the caller cannot see the post.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.mark_post(post bigint) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM membership.newsfeed_posts p WHERE p.id = post) THEN
		PERFORM membership.keep_read(post);
		RETURN QUERY SELECT json_build_object('id', post, 'read_at', membership.own_read_at(post))::text;
	END IF;
END $$;
