-- The tables in which the "supabase" journey reads accounts, for the exports of other systems
--
-- The load.sql of a source includes this file and fills the tables. public.source_users contains each account in the
-- form of the source. The plan asks what to do with it.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET TimeZone = 'UTC';

CREATE SCHEMA auth;
CREATE TABLE auth.users (
	instance_id uuid, id uuid PRIMARY KEY, aud text, role text, email text, phone text, encrypted_password text,
	email_confirmed_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb,
	is_super_admin boolean, is_anonymous boolean NOT NULL DEFAULT false, created_at timestamptz, updated_at timestamptz, banned_until timestamptz, deleted_at timestamptz,
	confirmation_token text, recovery_token text, email_change_token_new text, email_change text
);
CREATE TABLE auth.identities (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, provider text NOT NULL, provider_id text NOT NULL,
	identity_data jsonb NOT NULL DEFAULT '{}', created_at timestamptz, updated_at timestamptz, UNIQUE (provider, provider_id)
);
CREATE TABLE auth.mfa_factors (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id uuid NOT NULL, factor_type text NOT NULL, status text NOT NULL,
	secret text, created_at timestamptz
);
CREATE TABLE auth.sessions (id uuid PRIMARY KEY, user_id uuid, created_at timestamptz, updated_at timestamptz);
CREATE TABLE auth.refresh_tokens (id bigint PRIMARY KEY, token text, user_id text, created_at timestamptz, updated_at timestamptz);
CREATE TABLE auth.audit_log_entries (id uuid PRIMARY KEY, payload json, created_at timestamptz, ip_address text);
CREATE TABLE public.source_users (id uuid PRIMARY KEY, source_id text NOT NULL UNIQUE, data jsonb NOT NULL);

-- An ID that is a UUID is kept. Any other ID is converted to a UUID, which is the same in each load.
CREATE FUNCTION pg_temp.id_of(source_id text) RETURNS uuid LANGUAGE sql AS $$
	SELECT CASE WHEN source_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN source_id ELSE md5(source_id) END::uuid
$$;
CREATE FUNCTION pg_temp.at(milliseconds text) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT to_timestamp(CASE WHEN milliseconds ~ '^[0-9]{1,15}$' THEN milliseconds END::numeric / 1000.0)
$$;
CREATE FUNCTION pg_temp.base32(bytes bytea) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 1 + rpad(substr(b.bits, i, 5), 5, '0')::bit(5)::integer, 1), '' ORDER BY i)
	  FROM (SELECT string_agg(get_byte(bytes, n)::bit(8)::text, '' ORDER BY n) AS bits
		FROM generate_series(0, octet_length(bytes) - 1) n) b, generate_series(1, length(b.bits), 5) i
$$;
