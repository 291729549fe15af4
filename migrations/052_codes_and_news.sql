\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: codes that verify contacts of members, posts of a news feed, and
-- definitions of reports.
-- needs: ops/tenant.sql

ALTER TABLE membership.user_contacts ADD COLUMN verified_at timestamptz;	-- by a code; null: not, or it has changed since

-- The last code of a contact, as a MAC under the secret of the server. Functions of the owner alone use them.
CREATE TABLE membership.verification_codes (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL,	-- of the contact
	mac        text NOT NULL,
	attempts   smallint NOT NULL DEFAULT 0,	-- that were wrong
	expires_at timestamptz NOT NULL,
	PRIMARY KEY (org_id, id),
	CONSTRAINT verification_codes_id_fkey FOREIGN KEY (org_id, id) REFERENCES membership.user_contacts
		ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('membership.verification_codes', false, false);

CREATE TABLE membership.newsfeed_posts (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	title        text NOT NULL CONSTRAINT newsfeed_posts_title_check CHECK (title ~ '\S' AND char_length(title) <= 200),
	body         text NOT NULL CONSTRAINT newsfeed_posts_body_check CHECK (char_length(body) <= 20000),
	audience     text NOT NULL DEFAULT 'all' CONSTRAINT newsfeed_posts_audience_check CHECK (audience IN ('all', 'members', 'tier')),
	tier         text CONSTRAINT newsfeed_posts_tier_check CHECK (char_length(tier) <= 100),
	published_at timestamptz,	-- from then on; null: not
	created_at   timestamptz NOT NULL DEFAULT now(),
	updated_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT newsfeed_posts_audience_tier_check CHECK (tier IS NOT NULL OR audience <> 'tier')
);
CREATE INDEX newsfeed_posts_published_at ON membership.newsfeed_posts (org_id, published_at, id);
SELECT ops.protect('membership.newsfeed_posts');

-- Which member has read which post. Functions of the owner alone use them.
CREATE TABLE membership.newsfeed_reads (
	org_id    uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id        bigint NOT NULL DEFAULT ops.new_id(),
	post_id   bigint NOT NULL,
	member_id bigint NOT NULL,
	read_at   timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT newsfeed_reads_post_id_key UNIQUE (org_id, post_id, member_id),
	CONSTRAINT newsfeed_reads_post_id_fkey FOREIGN KEY (org_id, post_id) REFERENCES membership.newsfeed_posts
		ON UPDATE CASCADE ON DELETE CASCADE,
	CONSTRAINT newsfeed_reads_member_id_fkey FOREIGN KEY (org_id, member_id) REFERENCES membership.user_profiles
		ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX newsfeed_reads_member_id ON membership.newsfeed_reads (org_id, member_id);
SELECT ops.protect('membership.newsfeed_reads', false, false);

-- Definitions of reports: an export of a resource, with columns and filters.
CREATE TABLE membership.report_templates (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	name       text NOT NULL CONSTRAINT report_templates_name_check CHECK (name ~ '\S' AND char_length(name) <= 200),
	resource   text NOT NULL CONSTRAINT report_templates_resource_check CHECK (resource ~ '^[a-z0-9_]{1,50}$'),
	columns    jsonb CONSTRAINT report_templates_columns_check CHECK (jsonb_typeof(columns) = 'array' AND length(columns::text) <= 4000),
	filters    jsonb NOT NULL DEFAULT '{}' CONSTRAINT report_templates_filters_check
		CHECK (jsonb_typeof(filters) = 'object' AND length(filters::text) <= 4000),
	sort       jsonb CONSTRAINT report_templates_sort_check CHECK (jsonb_typeof(sort) = 'array' AND length(sort::text) <= 1000),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id)
);
SELECT ops.protect('membership.report_templates');
-- down
DROP VIEW IF EXISTS membership.newsfeed;
DROP TABLE membership.report_templates, membership.newsfeed_reads, membership.newsfeed_posts, membership.verification_codes CASCADE;
DROP FUNCTION IF EXISTS membership.forget_verified() CASCADE;
ALTER TABLE membership.user_contacts DROP COLUMN verified_at;
DELETE FROM identity.resource WHERE name IN ('newsfeed_posts', 'report_templates');
