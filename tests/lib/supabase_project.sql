-- A Supabase project: the auth schema of its sign-in server, and an application in public.
--
-- supabase_project.sh runs this. All rows are the same in every run. The analysis of the imitated project counts 30
-- tables in public and names 31; this file creates these 31.
SET client_min_messages = warning;
SET TimeZone = 'UTC';

SELECT format('CREATE ROLE %I NOLOGIN', name) FROM unnest('{anon,authenticated,service_role}'::name[]) name
 WHERE to_regrole(name) IS NULL \gexec

CREATE SCHEMA extensions;
CREATE EXTENSION pgcrypto SCHEMA extensions;
CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth, public TO anon, authenticated, service_role;

CREATE TYPE auth.aal_level AS ENUM ('aal1', 'aal2', 'aal3');
CREATE TYPE auth.code_challenge_method AS ENUM ('s256', 'plain');
CREATE TYPE auth.factor_status AS ENUM ('unverified', 'verified');
CREATE TYPE auth.factor_type AS ENUM ('totp', 'webauthn', 'phone');
CREATE TYPE auth.one_time_token_type AS ENUM ('confirmation_token', 'reauthentication_token', 'recovery_token',
	'email_change_token_new', 'email_change_token_current', 'phone_change_token');
CREATE TYPE auth.oauth_authorization_status AS ENUM ('pending', 'approved', 'denied', 'expired');
CREATE TYPE auth.oauth_client_type AS ENUM ('public', 'confidential');
CREATE TYPE auth.oauth_registration_type AS ENUM ('dynamic', 'manual');
CREATE TYPE auth.oauth_response_type AS ENUM ('code');

CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS $$
	SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb->>'sub')::uuid
$$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS $$
	SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb->>'role'
$$;

CREATE TABLE auth.instances (
	id uuid PRIMARY KEY,
	uuid uuid,
	raw_base_config text,
	created_at timestamptz,
	updated_at timestamptz
);
CREATE TABLE auth.schema_migrations (version varchar(255) PRIMARY KEY);

CREATE TABLE auth.users (
	instance_id uuid,
	id uuid PRIMARY KEY,
	aud varchar(255),
	role varchar(255),
	email varchar(255),
	encrypted_password varchar(255),
	email_confirmed_at timestamptz,
	invited_at timestamptz,
	confirmation_token varchar(255),
	confirmation_sent_at timestamptz,
	recovery_token varchar(255),
	recovery_sent_at timestamptz,
	email_change_token_new varchar(255),
	email_change varchar(255),
	email_change_sent_at timestamptz,
	last_sign_in_at timestamptz,
	raw_app_meta_data jsonb,
	raw_user_meta_data jsonb,
	is_super_admin boolean,
	created_at timestamptz,
	updated_at timestamptz,
	phone text UNIQUE DEFAULT NULL,
	phone_confirmed_at timestamptz,
	phone_change text DEFAULT '',
	phone_change_token varchar(255) DEFAULT '',
	phone_change_sent_at timestamptz,
	confirmed_at timestamptz GENERATED ALWAYS AS (least(email_confirmed_at, phone_confirmed_at)) STORED,
	email_change_token_current varchar(255) DEFAULT '',
	email_change_confirm_status smallint DEFAULT 0
		CHECK (email_change_confirm_status BETWEEN 0 AND 2),
	banned_until timestamptz,
	reauthentication_token varchar(255) DEFAULT '',
	reauthentication_sent_at timestamptz,
	is_sso_user boolean NOT NULL DEFAULT false,
	deleted_at timestamptz,
	is_anonymous boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE NOT is_sso_user;
CREATE INDEX users_instance_id_email_idx ON auth.users (instance_id, lower(email));
CREATE INDEX users_instance_id_idx ON auth.users (instance_id);
CREATE UNIQUE INDEX confirmation_token_idx ON auth.users (confirmation_token)
	WHERE confirmation_token !~ '^[0-9 ]*$';
CREATE UNIQUE INDEX recovery_token_idx ON auth.users (recovery_token)
	WHERE recovery_token !~ '^[0-9 ]*$';

CREATE TABLE auth.identities (
	provider_id text NOT NULL,
	user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
	identity_data jsonb NOT NULL,
	provider text NOT NULL,
	last_sign_in_at timestamptz,
	created_at timestamptz,
	updated_at timestamptz,
	email text GENERATED ALWAYS AS (lower(identity_data->>'email')) STORED,
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	CONSTRAINT identities_provider_id_provider_unique UNIQUE (provider_id, provider)
);
CREATE INDEX identities_user_id_idx ON auth.identities (user_id);
CREATE INDEX identities_email_idx ON auth.identities (email text_pattern_ops);

CREATE TABLE auth.oauth_clients (
	id uuid PRIMARY KEY,
	client_secret_hash text,
	registration_type auth.oauth_registration_type NOT NULL,
	redirect_uris text NOT NULL,
	grant_types text NOT NULL,
	client_name text CHECK (char_length(client_name) <= 1024),
	client_uri text CHECK (char_length(client_uri) <= 2048),
	logo_uri text CHECK (char_length(logo_uri) <= 2048),
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	deleted_at timestamptz,
	client_type auth.oauth_client_type NOT NULL DEFAULT 'confidential'
);
CREATE TABLE auth.oauth_authorizations (
	id uuid PRIMARY KEY,
	authorization_id text NOT NULL UNIQUE,
	client_id uuid NOT NULL REFERENCES auth.oauth_clients ON DELETE CASCADE,
	user_id uuid REFERENCES auth.users ON DELETE CASCADE,
	redirect_uri text NOT NULL,
	scope text NOT NULL,
	state text,
	resource text,
	code_challenge text,
	code_challenge_method auth.code_challenge_method,
	response_type auth.oauth_response_type NOT NULL DEFAULT 'code',
	status auth.oauth_authorization_status NOT NULL DEFAULT 'pending',
	authorization_code text UNIQUE,
	created_at timestamptz NOT NULL DEFAULT now(),
	expires_at timestamptz NOT NULL DEFAULT now() + interval '3 minutes',
	approved_at timestamptz,
	CHECK (expires_at > created_at)
);
CREATE TABLE auth.oauth_consents (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
	client_id uuid NOT NULL REFERENCES auth.oauth_clients ON DELETE CASCADE,
	scopes text NOT NULL,
	granted_at timestamptz NOT NULL DEFAULT now(),
	revoked_at timestamptz,
	UNIQUE (user_id, client_id)
);

CREATE TABLE auth.sessions (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
	created_at timestamptz,
	updated_at timestamptz,
	factor_id uuid,
	aal auth.aal_level,
	not_after timestamptz,
	refreshed_at timestamp,
	user_agent text,
	ip inet,
	tag text,
	oauth_client_id uuid REFERENCES auth.oauth_clients ON DELETE CASCADE,
	refresh_token_hmac_key text,
	refresh_token_counter bigint
);
CREATE INDEX sessions_user_id_idx ON auth.sessions (user_id);
CREATE INDEX sessions_not_after_idx ON auth.sessions (not_after DESC);

CREATE TABLE auth.refresh_tokens (
	instance_id uuid,
	id bigserial PRIMARY KEY,
	token varchar(255) UNIQUE,
	user_id varchar(255),
	revoked boolean,
	created_at timestamptz,
	updated_at timestamptz,
	parent varchar(255),
	session_id uuid REFERENCES auth.sessions ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_parent_idx ON auth.refresh_tokens (parent);
CREATE INDEX refresh_tokens_session_id_revoked_idx ON auth.refresh_tokens (session_id, revoked);

CREATE TABLE auth.audit_log_entries (
	instance_id uuid,
	id uuid PRIMARY KEY,
	payload json,
	created_at timestamptz,
	ip_address varchar(64) NOT NULL DEFAULT ''
);
CREATE INDEX audit_logs_instance_id_idx ON auth.audit_log_entries (instance_id);

CREATE TABLE auth.flow_state (
	id uuid PRIMARY KEY,
	user_id uuid,
	auth_code text NOT NULL,
	code_challenge_method auth.code_challenge_method NOT NULL,
	code_challenge text NOT NULL,
	provider_type text NOT NULL,
	provider_access_token text,
	provider_refresh_token text,
	created_at timestamptz,
	updated_at timestamptz,
	authentication_method text NOT NULL,
	auth_code_issued_at timestamptz
);
CREATE TABLE auth.mfa_amr_claims (
	session_id uuid NOT NULL REFERENCES auth.sessions ON DELETE CASCADE,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	authentication_method text NOT NULL,
	id uuid PRIMARY KEY,
	UNIQUE (session_id, authentication_method)
);
CREATE TABLE auth.one_time_tokens (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
	token_type auth.one_time_token_type NOT NULL,
	token_hash text NOT NULL CHECK (char_length(token_hash) > 0),
	relates_to text NOT NULL,
	created_at timestamp NOT NULL DEFAULT now(),
	updated_at timestamp NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX one_time_tokens_user_id_token_type_key ON auth.one_time_tokens (user_id, token_type);

CREATE TABLE auth.mfa_factors (
	id uuid PRIMARY KEY,
	user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
	friendly_name text,
	factor_type auth.factor_type NOT NULL,
	status auth.factor_status NOT NULL,
	created_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	secret text,
	phone text,
	last_challenged_at timestamptz UNIQUE,
	web_authn_credential jsonb,
	web_authn_aaguid uuid,
	last_webauthn_challenge_data jsonb
);
CREATE UNIQUE INDEX mfa_factors_user_friendly_name_unique ON auth.mfa_factors (friendly_name, user_id)
	WHERE trim(friendly_name) <> '';
CREATE UNIQUE INDEX unique_phone_factor_per_user ON auth.mfa_factors (user_id, phone);
CREATE INDEX mfa_factors_user_id_idx ON auth.mfa_factors (user_id);
CREATE TABLE auth.mfa_challenges (
	id uuid PRIMARY KEY,
	factor_id uuid NOT NULL REFERENCES auth.mfa_factors ON DELETE CASCADE,
	created_at timestamptz NOT NULL,
	verified_at timestamptz,
	ip_address inet NOT NULL,
	otp_code text,
	web_authn_session_data jsonb
);

CREATE TABLE auth.sso_providers (
	id uuid PRIMARY KEY,
	resource_id text CHECK (char_length(resource_id) > 0),
	created_at timestamptz,
	updated_at timestamptz,
	disabled boolean
);
CREATE UNIQUE INDEX sso_providers_resource_id_idx ON auth.sso_providers (lower(resource_id));
CREATE TABLE auth.sso_domains (
	id uuid PRIMARY KEY,
	sso_provider_id uuid NOT NULL REFERENCES auth.sso_providers ON DELETE CASCADE,
	domain text NOT NULL CHECK (char_length(domain) > 0),
	created_at timestamptz,
	updated_at timestamptz
);
CREATE TABLE auth.saml_providers (
	id uuid PRIMARY KEY,
	sso_provider_id uuid NOT NULL REFERENCES auth.sso_providers ON DELETE CASCADE,
	entity_id text NOT NULL UNIQUE,
	metadata_xml text NOT NULL,
	metadata_url text,
	attribute_mapping jsonb,
	created_at timestamptz,
	updated_at timestamptz,
	name_id_format text
);
CREATE TABLE auth.saml_relay_states (
	id uuid PRIMARY KEY,
	sso_provider_id uuid NOT NULL REFERENCES auth.sso_providers ON DELETE CASCADE,
	request_id text NOT NULL CHECK (char_length(request_id) > 0),
	for_email text,
	redirect_to text,
	created_at timestamptz,
	updated_at timestamptz,
	flow_state_id uuid REFERENCES auth.flow_state ON DELETE CASCADE
);
SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', oid::regclass) FROM pg_class
 WHERE relnamespace = 'auth'::regnamespace AND relkind = 'r' \gexec

-- The application.
CREATE FUNCTION public.touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.updated_at := now();
	RETURN NEW;
END $$;

CREATE TABLE public.users (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	auth_user_id text,
	user_id uuid,
	email text NOT NULL,
	email_verified boolean NOT NULL DEFAULT false,
	status text NOT NULL DEFAULT 'Pending',
	referral_code text,
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX users_auth_user_id ON public.users (auth_user_id);
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.users
	FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE VIEW public.active_users AS SELECT id, email FROM public.users WHERE status = 'Active';

CREATE TABLE public.user_profiles (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
	first_name text, last_name text, country text, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL);
CREATE TRIGGER touch_updated_at BEFORE UPDATE ON public.user_profiles
	FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();
CREATE TABLE public.user_contacts (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
	kind text NOT NULL CHECK (kind IN ('phone', 'email')), value text NOT NULL, is_primary boolean NOT NULL);
CREATE TABLE public.user_addresses (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
	line1 text NOT NULL, city text, postal_code text, country text);
CREATE TABLE public.user_memberships (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users ON DELETE CASCADE,
	tier text NOT NULL, started_at timestamptz NOT NULL, active boolean NOT NULL);
CREATE TABLE public.user_subscriptions (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, plan text, status text,
	price numeric(12,2), currency char(3), billing_cycle text, started_at timestamptz, canceled_at timestamptz);
CREATE TABLE public.user_payment_methods (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, type text, provider text,
	stripe_payment_method_id text, last4 char(4), exp_month integer, exp_year integer, is_default boolean NOT NULL DEFAULT false);
CREATE TABLE public.user_billing_schedules (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users,
	subscription_id uuid REFERENCES public.user_subscriptions, amount numeric(12,2), currency char(3), next_on date, status text);
CREATE TABLE public.user_payments (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, amount numeric(12,2) NOT NULL, currency char(3) NOT NULL,
	status text, billing_schedule_id uuid REFERENCES public.user_billing_schedules, payment_method_id uuid REFERENCES public.user_payment_methods,
	refunded_amount numeric(12,2), paid_at timestamptz, created_at timestamptz);
CREATE TABLE public.user_agreements (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, document text, content text, accepted_at timestamptz);
CREATE TABLE public.membership_queue (id uuid PRIMARY KEY, user_id uuid NOT NULL UNIQUE REFERENCES public.users,
	queue_position integer NOT NULL, joined_at timestamptz NOT NULL);
CREATE TABLE public.kyc_verification (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, status text NOT NULL, submitted_at timestamptz);
CREATE TABLE public.payout_management (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, amount numeric(12,2) NOT NULL, status text NOT NULL);
CREATE TABLE public.disputes (id uuid PRIMARY KEY, payout_id uuid REFERENCES public.payout_management, reason text NOT NULL);
CREATE TABLE public.tax_forms (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES public.users, year integer);
CREATE TABLE public.transaction_monitoring (id uuid PRIMARY KEY, user_id uuid REFERENCES public.users, score integer);
CREATE TABLE public.verification_codes (id uuid PRIMARY KEY, user_id uuid, code text);
CREATE TABLE public.signup_sessions (id uuid PRIMARY KEY, email text);
CREATE TABLE public.report_templates (id uuid PRIMARY KEY, name text);
CREATE TABLE public.newsfeedpost (id uuid PRIMARY KEY, body text, published_at timestamptz);
CREATE TABLE public.auditlog (id uuid PRIMARY KEY, message text, created_at timestamptz);
CREATE TABLE public.system_audit_logs (
	id uuid PRIMARY KEY,
	user_id uuid,
	action text NOT NULL,
	entity_type text,
	entity_id text,
	old_values jsonb,
	new_values jsonb,
	ip_address inet,
	user_agent text,
	created_at timestamptz NOT NULL
);
CREATE INDEX system_audit_logs_created_at ON public.system_audit_logs (created_at);
CREATE TABLE public.user_audit_logs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid, action text NOT NULL,
	details jsonb, created_at timestamptz NOT NULL);

-- Tables of the content system, which has separate migrations.
CREATE TABLE public.admin (id serial PRIMARY KEY, email varchar NOT NULL UNIQUE, hash varchar, salt varchar,
	created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL);
CREATE TABLE public.admin_sessions (_order integer NOT NULL, _parent_id integer NOT NULL REFERENCES public.admin ON DELETE CASCADE,
	id varchar PRIMARY KEY, created_at timestamptz(3), expires_at timestamptz(3) NOT NULL);
CREATE TABLE public.admin_alerts (id uuid PRIMARY KEY, severity text NOT NULL, message text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE public.payload_preferences (id serial PRIMARY KEY, key varchar, value jsonb,
	created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL);
CREATE INDEX payload_preferences_key_idx ON public.payload_preferences (key);
CREATE TABLE public.payload_preferences_rels (id serial PRIMARY KEY, "order" integer, path varchar NOT NULL,
	parent_id integer NOT NULL REFERENCES public.payload_preferences ON DELETE CASCADE, admin_id integer REFERENCES public.admin ON DELETE CASCADE);
CREATE TABLE public.payload_locked_documents (id serial PRIMARY KEY, global_slug varchar,
	created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL);
CREATE TABLE public.payload_locked_documents_rels (id serial PRIMARY KEY, "order" integer, path varchar NOT NULL,
	parent_id integer NOT NULL REFERENCES public.payload_locked_documents ON DELETE CASCADE);
CREATE TABLE public.payload_migrations (id serial PRIMARY KEY, name varchar, batch numeric,
	created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL);

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Users can view own row" ON public.users FOR SELECT TO authenticated
	USING (auth_user_id = auth.uid()::text);
CREATE POLICY "Service role manages users" ON public.users TO service_role USING (true) WITH CHECK (true);
ALTER TABLE public.user_profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY "Own profile" ON public.user_profiles TO authenticated
	USING (user_id IN (SELECT u.id FROM public.users u WHERE u.auth_user_id = auth.uid()::text));
GRANT SELECT ON ALL TABLES IN SCHEMA public TO anon, authenticated;
GRANT ALL ON ALL TABLES IN SCHEMA public TO service_role;

-- Creates the application user of somebody who signs up. It does nothing for Google accounts, so the application has
-- fewer users than the sign-in server.
CREATE FUNCTION public.handle_new_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
	IF NEW.raw_app_meta_data->>'provider' = 'email' AND NEW.raw_user_meta_data ? 'wants_application' THEN
		INSERT INTO public.users (auth_user_id, email) VALUES (NEW.id::text, NEW.email);
	END IF;
	RETURN NEW;
END $$;
CREATE TRIGGER on_auth_user_created AFTER INSERT ON auth.users
	FOR EACH ROW EXECUTE FUNCTION public.handle_new_user();

-- Returns an ID that is the same in every run.
CREATE FUNCTION pg_temp.fixed_id(kind text, n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
	SELECT overlay(overlay(md5(kind || ' ' || n)::text PLACING '4' FROM 13 FOR 1) PLACING 'a' FROM 17 FOR 1)::uuid
$$;
CREATE FUNCTION pg_temp.at(n integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
	SELECT '2025-01-06 08:00:00.123456+00'::timestamptz + n * interval '7 hours 13 minutes 5 seconds'
$$;

INSERT INTO auth.schema_migrations
SELECT to_char('2021-01-01'::date + n * 21, 'YYYYMMDD') || '120000' FROM generate_series(1, 67) n;

-- Users 1 to 8 have a password, 9 to 22 a Google account. The names have all forms that the providers and the
-- application have used. The passwords are "supabase password N", except the password of user 7, which has an argon2
-- hash.
INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, confirmation_token,
	recovery_token, email_change_token_new, email_change, last_sign_in_at, raw_app_meta_data, raw_user_meta_data,
	created_at, updated_at, banned_until)
SELECT '00000000-0000-0000-0000-000000000000', pg_temp.fixed_id('user', n), 'authenticated', 'authenticated',
	format('user%s@project.test', n),
	CASE WHEN n = 7 THEN '$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b27tBQ6zbMTgSBT6Jh5Lnoag9k'
		WHEN n < 9 THEN replace(extensions.crypt('supabase password ' || n, '$2a$06$' || rpad('fixture' || n, 22, 'salt')),
			'$2a$', (ARRAY['$2a$', '$2b$', '$2y$'])[1 + n % 3])
		ELSE '' END,
	CASE WHEN n <> 6 THEN pg_temp.at(n) + interval '5 minutes' END,
	CASE WHEN n = 6 THEN 'confirm-6' ELSE '' END, '', '', '',
	CASE WHEN n <> 6 THEN pg_temp.at(n) + interval '60 days' END,
	CASE WHEN n < 9 THEN '{"provider": "email", "providers": ["email"]}'::jsonb
		ELSE '{"provider": "google", "providers": ["google"]}' END,
	CASE n WHEN 1 THEN '{"first_name": "Ada", "last_name": "Lovelace"}'::jsonb
		WHEN 2 THEN '{"name": "Grace Hopper"}'
		WHEN 3 THEN '{"full_name": "Alan Turing", "avatar_url": "https://pictures.test/alan.png"}'
		WHEN 4 THEN '{"first_name": " Edsger "}'
		WHEN 5 THEN '{}'
		WHEN 6 THEN '{"name": "", "last_name": "Liskov"}'
		WHEN 7 THEN '{"name": "Donald Knuth", "full_name": "D. E. Knuth", "first_name": "Don"}'
		WHEN 8 THEN '{"name": "Björn Ångström", "avatar_url": "javascript:alert(1)"}'
		ELSE jsonb_build_object('iss', 'https://accounts.google.com', 'sub', (100000000000000000000::numeric + n)::text,
			'name', 'Google User ' || n, 'full_name', 'Google User ' || n, 'email', format('user%s@project.test', n),
			'email_verified', true, 'avatar_url', format('https://lh3.googleusercontent.com/a/%s=s96-c', n),
			'picture', format('https://lh3.googleusercontent.com/a/%s=s96-c', n)) END,
	pg_temp.at(n), pg_temp.at(n) + interval '61 days',
	CASE WHEN n = 8 THEN '2099-01-01 00:00:00+00'::timestamptz END
  FROM generate_series(1, 22) n;

INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at, created_at, updated_at, id)
SELECT CASE WHEN n < 9 THEN u.id::text ELSE u.raw_user_meta_data->>'sub' END, u.id,
	CASE WHEN n < 9 THEN jsonb_build_object('sub', u.id, 'email', u.email, 'email_verified', n <> 6)
		-- Older versions of the server stored the address of the profile as the issuer.
		WHEN n = 10 THEN u.raw_user_meta_data || '{"iss": "https://www.googleapis.com/userinfo/v2/me"}'
		ELSE u.raw_user_meta_data END,
	CASE WHEN n < 9 THEN 'email' ELSE 'google' END, u.last_sign_in_at, u.created_at, u.updated_at,
	pg_temp.fixed_id('identity', n)
  FROM generate_series(1, 22) n JOIN auth.users u ON u.id = pg_temp.fixed_id('user', n);

INSERT INTO auth.sessions (id, user_id, created_at, updated_at, aal, refreshed_at, user_agent, ip)
SELECT pg_temp.fixed_id('session', n), pg_temp.fixed_id('user', n), pg_temp.at(n + 40), pg_temp.at(n + 50), 'aal1',
	pg_temp.at(n + 50) AT TIME ZONE 'UTC', 'Mozilla/5.0 (X11; Linux x86_64)', ('192.0.2.' || n)::inet
  FROM generate_series(1, 15) n;
INSERT INTO auth.refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
SELECT '00000000-0000-0000-0000-000000000000', substr(md5('token ' || n), 1, 12), pg_temp.fixed_id('user', 1 + n % 15)::text,
	n < 29, pg_temp.at(40 + n), pg_temp.at(40 + n), CASE WHEN n > 15 THEN substr(md5('token ' || n - 15), 1, 12) END,
	pg_temp.fixed_id('session', 1 + n % 15)
  FROM generate_series(0, 43) n;
INSERT INTO auth.mfa_amr_claims
SELECT pg_temp.fixed_id('session', n), pg_temp.at(n + 40), pg_temp.at(n + 40), CASE WHEN n < 9 THEN 'password' ELSE 'oauth' END,
	pg_temp.fixed_id('claim', n)
  FROM generate_series(1, 15) n;
INSERT INTO auth.audit_log_entries (instance_id, id, payload, created_at, ip_address)
SELECT '00000000-0000-0000-0000-000000000000', pg_temp.fixed_id('entry', n),
	json_build_object('action', (ARRAY['login', 'logout', 'token_refreshed', 'user_signedup'])[1 + n % 4],
		'actor_id', pg_temp.fixed_id('user', 1 + n % 22), 'actor_name', 'User ' || 1 + n % 22,
		'actor_username', format('user%s@project.test', 1 + n % 22), 'actor_via_sso', false,
		'log_type', 'account', 'traits', json_build_object('provider', 'email')),
	pg_temp.at(n), CASE WHEN n % 3 > 0 THEN '192.0.2.' || n % 250 ELSE '' END
  FROM generate_series(1, 256) n;
INSERT INTO auth.flow_state
SELECT pg_temp.fixed_id('flow', n), NULL, md5('code ' || n), 's256', md5('challenge ' || n), 'google', NULL, NULL,
	pg_temp.at(n), pg_temp.at(n), 'oauth', NULL
  FROM generate_series(1, 40) n;
INSERT INTO auth.one_time_tokens
SELECT pg_temp.fixed_id('one-time', n), pg_temp.fixed_id('user', n), 'recovery_token', md5('one-time ' || n),
	format('user%s@project.test', n), pg_temp.at(n) AT TIME ZONE 'UTC', pg_temp.at(n) AT TIME ZONE 'UTC'
  FROM generate_series(1, 7) n;

-- Users 18 to 22 have no application user.
INSERT INTO public.users (id, auth_user_id, email, email_verified, status, referral_code, created_at, updated_at)
SELECT pg_temp.fixed_id('application user', n), u.id::text, u.email, u.email_confirmed_at IS NOT NULL,
	CASE WHEN n = 8 THEN 'Suspended' WHEN n = 6 THEN 'Pending' ELSE 'Active' END, 'REF' || n, u.created_at, u.updated_at
  FROM generate_series(1, 17) n JOIN auth.users u ON u.id = pg_temp.fixed_id('user', n);
CREATE FUNCTION pg_temp.app(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
	SELECT pg_temp.fixed_id('application user', 1 + (n - 1) % 17)
$$;
INSERT INTO public.user_profiles SELECT pg_temp.fixed_id('profile', n), pg_temp.app(n), 'First' || n, 'Last' || n, 'FR',
	pg_temp.at(n), pg_temp.at(n) FROM generate_series(1, 14) n;
INSERT INTO public.user_contacts SELECT pg_temp.fixed_id('contact', n), pg_temp.app(n), CASE WHEN n % 2 = 0 THEN 'phone' ELSE 'email' END,
	CASE WHEN n % 2 = 0 THEN '+3361234567' || n % 10 ELSE format('other%s@project.test', n) END, n < 18 FROM generate_series(1, 19) n;
INSERT INTO public.user_addresses VALUES (pg_temp.fixed_id('address', 1), pg_temp.app(1), '1 rue de Rivoli', 'Paris', '75001', 'FR');
INSERT INTO public.user_memberships SELECT pg_temp.fixed_id('membership', n), pg_temp.app(n), 'standard', pg_temp.at(n), true FROM generate_series(1, 14) n;
INSERT INTO public.membership_queue SELECT pg_temp.fixed_id('queue', n), pg_temp.app(n), n, pg_temp.at(n) FROM generate_series(1, 5) n;
INSERT INTO public.kyc_verification SELECT pg_temp.fixed_id('kyc', n), pg_temp.app(n), 'in_review', pg_temp.at(n) FROM generate_series(1, 8) n;
INSERT INTO public.payout_management SELECT pg_temp.fixed_id('payout', n), pg_temp.app(n), 300.00, 'scheduled' FROM generate_series(1, 10) n;
INSERT INTO public.disputes SELECT pg_temp.fixed_id('dispute', n), pg_temp.fixed_id('payout', n), 'not received' FROM generate_series(1, 2) n;
INSERT INTO public.admin (email, hash, salt, created_at, updated_at) VALUES ('admin@project.test', repeat('ab', 64), repeat('cd', 16), pg_temp.at(0), pg_temp.at(0));
INSERT INTO public.admin_sessions VALUES (1, 1, 'd1ec3a70-0000-4000-8000-000000000001', pg_temp.at(90), pg_temp.at(91));
INSERT INTO public.admin_alerts SELECT pg_temp.fixed_id('alert', n), 'info', 'Alert ' || n, pg_temp.at(n) FROM generate_series(1, 3) n;
INSERT INTO public.payload_preferences (key, value, created_at, updated_at)
SELECT 'collection-' || n, jsonb_build_object('limit', n), pg_temp.at(n), pg_temp.at(n) FROM generate_series(1, 29) n;
INSERT INTO public.payload_preferences_rels ("order", path, parent_id, admin_id)
SELECT 1, 'user', 1 + n % 29, 1 FROM generate_series(1, 33) n;
INSERT INTO public.payload_migrations (name, batch, created_at, updated_at) VALUES ('dev', -1, pg_temp.at(0), pg_temp.at(0));
INSERT INTO public.system_audit_logs
SELECT pg_temp.fixed_id('system audit', n), CASE WHEN n % 5 > 0 THEN pg_temp.app(n) END,
	(ARRAY['INSERT', 'UPDATE', 'DELETE', 'LOGIN', 'EXPORT'])[1 + n % 5], (ARRAY['users', 'user_profiles', 'payout_management'])[1 + n % 3],
	pg_temp.fixed_id('entity', n)::text, CASE WHEN n % 5 = 1 THEN jsonb_build_object('status', 'Pending', 'n', n) END,
	CASE WHEN n % 5 < 2 THEN jsonb_build_object('status', 'Active', 'note', 'ligne ' || n || E' \u00e9\u2713') END,
	('198.51.100.' || n % 250)::inet, 'system', pg_temp.at(0) + n * interval '3 hours 7 minutes 11.25 seconds'
  FROM generate_series(1, 1950) n;
INSERT INTO public.user_audit_logs (user_id, action, details, created_at)
VALUES (pg_temp.app(1), 'profile_viewed', '{"page": "settings"}', pg_temp.at(77));

\if :factors
-- A user with an authenticator, one with several factors, and users whose factors Tenantry does not support.
INSERT INTO auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret, phone, web_authn_credential)
SELECT pg_temp.fixed_id('factor', f.n), pg_temp.fixed_id('user', f.u), 'factor ' || f.n, f.type, f.status, pg_temp.at(f.n), pg_temp.at(f.n),
	f.secret, f.phone, f.credential
  FROM (VALUES
	(1, 1, 'totp'::auth.factor_type, 'verified'::auth.factor_status, 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', NULL, NULL::jsonb),
	(2, 2, 'totp', 'verified', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', NULL, NULL),
	(3, 2, 'phone', 'verified', NULL, '33612345678', NULL),
	(4, 3, 'totp', 'unverified', 'MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK', NULL, NULL),
	(5, 4, 'phone', 'verified', NULL, '33612345679', NULL),
	(6, 5, 'webauthn', 'verified', NULL, NULL, '{"id": "AAEC", "publicKey": "pQECAyYg"}'),
	(7, 9, 'totp', 'verified', '{"key_id": "k1", "alg": "aes-gcm-hkdf", "data": "AAAA", "nonce": "AAAA"}', NULL, NULL)
	) AS f (n, u, type, status, secret, phone, credential);
\endif

\if :used
-- Rows in the tables that are otherwise empty.
INSERT INTO public.user_subscriptions SELECT pg_temp.fixed_id('subscription', x.n), pg_temp.app(x.n), x.plan, x.status, x.price, x.currency, x.cycle, x.began, x.ended
  FROM (VALUES (1, 'Gold', 'active', 25.00, 'EUR', 'monthly', '2025-01-31 10:00:00+00'::timestamptz, NULL::timestamptz),
	(2, 'Gold', 'canceled', 25.00, 'EUR', 'monthly', '2025-02-10 10:00:00+00', '2025-05-09 10:00:00+00'),
	(3, 'Patron', 'paused', 300.00, 'EUR', 'yearly', '2025-03-01 10:00:00+00', NULL),
	(4, 'Tokyo', 'past_due', 1200.00, 'JPY', 'quarterly', '2025-04-01 10:00:00+00', NULL)) x (n, plan, status, price, currency, cycle, began, ended);
INSERT INTO public.user_payment_methods SELECT pg_temp.fixed_id('method', x.n), pg_temp.app(x.u), x.type, x.provider, x.token, x.last4, x.month, x.year, x.is_default
  FROM (VALUES (1, 1, 'card', 'Stripe', 'pm_first', '4242', 2, 2028, false), (2, 1, 'credit_card', 'Stripe', 'pm_second', '1111', 12, 30, true),
	(3, 2, 'sepa_debit', NULL, NULL, '3000', NULL, NULL, false)) x (n, u, type, provider, token, last4, month, year, is_default);
-- Schedules that are open, with a payment, paid by a payment, waived, paid by other means, and partly paid.
INSERT INTO public.user_billing_schedules SELECT pg_temp.fixed_id('due', x.n), pg_temp.app(x.u), pg_temp.fixed_id('subscription', x.s), x.amount, 'EUR', x.due, x.status
  FROM (VALUES (1, 1, 1, 25.00, '2025-06-30'::date, 'pending'), (2, 1, 1, 25.00, '2025-05-31', 'paid'), (3, 2, 2, 25.00, '2025-03-10', 'scheduled'),
	(4, 2, 2, 25.00, '2025-04-10', 'skipped'), (5, 3, NULL, 300.00, '2025-03-01', 'completed'), (6, 5, NULL, 80.00, '2025-03-02', 'overdue')) x (n, u, s, amount, due, status);
INSERT INTO public.user_payments SELECT pg_temp.fixed_id('payment', x.n), pg_temp.app(x.u), x.amount, x.currency, x.status, pg_temp.fixed_id('due', x.due),
	pg_temp.fixed_id('method', x.method), x.refunded, x.at, coalesce(x.at, pg_temp.at(100))
  FROM (VALUES (1, 1, 25.00, 'EUR', 'succeeded', 2, 1, NULL, pg_temp.at(1)), (2, 2, 25.00, 'EUR', 'completed', 3, 3, 0, pg_temp.at(2)),
	(3, 5, 30.00, 'EUR', 'paid', 6, NULL, NULL, pg_temp.at(3)), (4, 4, 1200.00, 'JPY', 'succeeded', NULL, NULL, NULL, pg_temp.at(4)),
	(5, 4, 50.00, 'EUR', 'refunded', NULL, NULL, NULL, pg_temp.at(5)), (6, 1, 25.00, 'EUR', 'failed', 1, 1, NULL, NULL),
	(7, 1, 25.00, 'EUR', 'processing', 1, 2, NULL, NULL), (8, 6, 40.00, 'EUR', 'partially_refunded', NULL, NULL, 15.00, pg_temp.at(8)))
	x (n, u, amount, currency, status, due, method, refunded, at);
INSERT INTO public.user_agreements SELECT pg_temp.fixed_id('agreement', x.n), pg_temp.app(x.u), x.document, x.content, pg_temp.at(x.n)
  FROM (VALUES (1, 1, 'Terms of use', 'Be kind.'), (2, 2, 'Terms of use', 'Be kind.'), (3, 1, 'Terms of use', 'Be kinder.'), (4, 1, 'Terms of use', 'Be kinder.'),
	(5, 3, 'Privacy', 'We keep little.')) x (n, u, document, content);
INSERT INTO public.newsfeedpost VALUES (pg_temp.fixed_id('post', 1), E'Summer party\nAll members are welcome.', pg_temp.at(5)), (pg_temp.fixed_id('post', 2), 'A draft', NULL);
INSERT INTO public.auditlog SELECT pg_temp.fixed_id('audit', n), 'An old message ' || n, pg_temp.at(n) FROM generate_series(1, 3) n;
INSERT INTO public.tax_forms VALUES (pg_temp.fixed_id('tax form', 1), pg_temp.app(1), 2024);
INSERT INTO public.transaction_monitoring VALUES (pg_temp.fixed_id('monitoring', 1), pg_temp.app(1), 7);
INSERT INTO public.verification_codes VALUES (pg_temp.fixed_id('code', 1), pg_temp.app(1), '123456');
INSERT INTO public.signup_sessions VALUES (pg_temp.fixed_id('sign-up', 1), 'new@project.test');
INSERT INTO public.report_templates VALUES (pg_temp.fixed_id('report', 1), 'Members');
INSERT INTO public.payload_locked_documents (global_slug, created_at, updated_at) VALUES ('settings', pg_temp.at(1), pg_temp.at(1));
INSERT INTO public.payload_locked_documents_rels (path, parent_id) VALUES ('user', 1);
INSERT INTO auth.instances (id) VALUES (pg_temp.fixed_id('instance', 1));
INSERT INTO auth.oauth_clients (id, registration_type, redirect_uris, grant_types, created_at, updated_at)
VALUES (pg_temp.fixed_id('client', 2), 'manual', 'https://other.test/back', 'authorization_code', pg_temp.at(1), pg_temp.at(1));
INSERT INTO auth.oauth_authorizations (id, authorization_id, client_id, redirect_uri, scope, created_at, expires_at)
VALUES (pg_temp.fixed_id('authorization', 1), 'one', pg_temp.fixed_id('client', 2), 'https://other.test/back', 'email', pg_temp.at(1), pg_temp.at(2));
INSERT INTO auth.oauth_consents (id, user_id, client_id, scopes, granted_at)
VALUES (pg_temp.fixed_id('consent', 1), pg_temp.fixed_id('user', 1), pg_temp.fixed_id('client', 2), 'email', pg_temp.at(1));
INSERT INTO auth.sso_providers (id, resource_id, created_at) VALUES (pg_temp.fixed_id('sso', 2), 'partners', pg_temp.at(1));
INSERT INTO auth.sso_domains (id, sso_provider_id, domain) VALUES (pg_temp.fixed_id('domain', 2), pg_temp.fixed_id('sso', 2), 'partners.test');
INSERT INTO auth.saml_providers (id, sso_provider_id, entity_id, metadata_xml)
VALUES (pg_temp.fixed_id('saml', 2), pg_temp.fixed_id('sso', 2), 'https://idp.partners.test', '<EntityDescriptor/>');
INSERT INTO auth.saml_relay_states (id, sso_provider_id, request_id) VALUES (pg_temp.fixed_id('relay', 1), pg_temp.fixed_id('sso', 2), 'request');
INSERT INTO auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret)
VALUES (pg_temp.fixed_id('factor', 11), pg_temp.fixed_id('user', 2), 'begun', 'totp', 'unverified', pg_temp.at(1), pg_temp.at(1), 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
INSERT INTO auth.mfa_challenges (id, factor_id, created_at, ip_address) VALUES (pg_temp.fixed_id('challenge', 1), pg_temp.fixed_id('factor', 11), pg_temp.at(1), '192.0.2.1');
\endif

\if :dirty
-- Rows that an import may find in a project of several years with manual SQL statements.
INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
	created_at, updated_at, deleted_at, phone, phone_confirmed_at, is_anonymous, is_sso_user)
SELECT '00000000-0000-0000-0000-000000000000', pg_temp.fixed_id('user', d.n), 'authenticated', 'authenticated', d.email, '',
	pg_temp.at(d.n), '{}', d.meta, coalesce(d.created, pg_temp.at(d.n)), pg_temp.at(d.n), d.deleted, d.phone,
	CASE WHEN d.phone IS NOT NULL THEN pg_temp.at(d.n) END, d.n = 105, d.n = 109
  FROM (VALUES
	(101, 'USER1@project.test', '{"name": "Same address in capitals"}'::jsonb, NULL::timestamptz, NULL::timestamptz, NULL),
	(102, 'long.name@project.test', jsonb_build_object('name', repeat('long ', 200)), NULL, NULL, NULL),
	(103, 'deleted@project.test', '{}', NULL, pg_temp.at(200), NULL),
	(104, NULL, '{"name": "Telephone only"}', NULL, NULL, '33612345670'),
	(105, NULL, '{}', NULL, NULL, NULL),
	(106, 'no address at all', '{"name": "No address"}', NULL, NULL, NULL),
	(107, 'endless@project.test', '{"name": "Created at no time"}', 'infinity', NULL, NULL),
	(108, 'ancient@project.test', '{"name": "Created before computers"}', '0009-01-01 00:00:00+00', NULL, NULL),
	(109, 'sso@project.test', '{"name": "By SAML"}', NULL, NULL, NULL)
	) AS d (n, email, meta, created, deleted, phone);
ALTER TABLE auth.identities DROP CONSTRAINT identities_user_id_fkey;
INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at, id) VALUES
	('lost-subject', pg_temp.fixed_id('user', 999), '{"sub": "lost-subject"}', 'google', pg_temp.at(1), pg_temp.at(1), pg_temp.fixed_id('identity', 101)),
	('', pg_temp.fixed_id('user', 2), '{"email": "user2@project.test"}', 'github', pg_temp.at(1), pg_temp.at(1), pg_temp.fixed_id('identity', 102)),
	('saml-subject', pg_temp.fixed_id('user', 109), '{"sub": "saml-subject"}', 'sso:' || pg_temp.fixed_id('sso', 1), pg_temp.at(1), pg_temp.at(1),
		pg_temp.fixed_id('identity', 103));
ALTER TABLE auth.identities ADD CONSTRAINT identities_user_id_fkey
	FOREIGN KEY (user_id) REFERENCES auth.users ON DELETE CASCADE NOT VALID;
INSERT INTO auth.sso_providers (id, resource_id, created_at) VALUES (pg_temp.fixed_id('sso', 1), 'corporate', pg_temp.at(1));
INSERT INTO auth.sso_domains (id, sso_provider_id, domain) VALUES (pg_temp.fixed_id('domain', 1), pg_temp.fixed_id('sso', 1), 'corporate.test');
INSERT INTO auth.saml_providers (id, sso_provider_id, entity_id, metadata_xml)
VALUES (pg_temp.fixed_id('saml', 1), pg_temp.fixed_id('sso', 1), 'https://idp.corporate.test', '<EntityDescriptor/>');
INSERT INTO auth.oauth_clients (id, registration_type, redirect_uris, grant_types, client_name, created_at, updated_at)
VALUES (pg_temp.fixed_id('client', 1), 'manual', 'https://client.test/back', 'authorization_code', 'A client', pg_temp.at(1), pg_temp.at(1));
INSERT INTO auth.audit_log_entries (id, payload, created_at) VALUES
	(pg_temp.fixed_id('entry', 1001), '{"action": "login", "actor_id": "00000000-0000-0000-0000-000000000000"}', NULL),
	(pg_temp.fixed_id('entry', 1002), NULL, pg_temp.at(3));
INSERT INTO public.users (id, auth_user_id, email, status, created_at, updated_at) VALUES
	(pg_temp.fixed_id('application user', 101), pg_temp.fixed_id('user', 998)::text, 'gone@project.test', 'Active', pg_temp.at(1), pg_temp.at(1)),
	(pg_temp.fixed_id('application user', 102), 'not a uuid', 'broken@project.test', 'Active', pg_temp.at(1), pg_temp.at(1));
INSERT INTO public.user_contacts VALUES (pg_temp.fixed_id('contact', 101), pg_temp.app(1), 'phone', 'call me', false);
\endif

\if :large
-- A large project. Users, their identities, their application users and audit entries are a fifth of the rows each;
-- sessions and refresh tokens are a tenth each. All passwords are "supabase password".
ALTER TABLE auth.users DISABLE TRIGGER on_auth_user_created;
INSERT INTO auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
	raw_user_meta_data, created_at, updated_at)
SELECT '00000000-0000-0000-0000-000000000000', md5('bulk user ' || n)::uuid, 'authenticated', 'authenticated',
	format('bulk%s@project.test', n), CASE WHEN n % 2 = 0 THEN p.hash ELSE '' END, a.at,
	CASE WHEN n % 2 = 0 THEN '{"provider": "email"}'::jsonb ELSE '{"provider": "google"}' END,
	jsonb_build_object('full_name', 'Bulk User ' || n), a.at, a.at
  FROM (SELECT extensions.crypt('supabase password', '$2a$06$' || rpad('bulk', 22, 'salt')) AS hash OFFSET 0) p,
	generate_series(1, :rows / 5) n, LATERAL (SELECT '2020-01-01 00:00:00+00'::timestamptz + n * interval '61 seconds' AS at) a;
ALTER TABLE auth.users ENABLE TRIGGER on_auth_user_created;
INSERT INTO auth.identities (provider_id, user_id, identity_data, provider, created_at, updated_at, id)
SELECT CASE WHEN n % 2 = 0 THEN md5('bulk user ' || n)::uuid::text ELSE (200000000000000000000::numeric + n)::text END,
	md5('bulk user ' || n)::uuid,
	CASE WHEN n % 2 = 0 THEN jsonb_build_object('sub', md5('bulk user ' || n)::uuid)
		ELSE jsonb_build_object('sub', (200000000000000000000::numeric + n)::text, 'iss', 'https://accounts.google.com') END,
	CASE WHEN n % 2 = 0 THEN 'email' ELSE 'google' END, a.at, a.at, md5('bulk identity ' || n)::uuid
  FROM generate_series(1, :rows / 5) n, LATERAL (SELECT '2020-01-01 00:00:00+00'::timestamptz + n * interval '61 seconds' AS at) a;
INSERT INTO public.users (id, auth_user_id, email, email_verified, status, created_at, updated_at)
SELECT md5('bulk application user ' || n)::uuid, md5('bulk user ' || n)::uuid::text, format('bulk%s@project.test', n), true, 'Active', a.at, a.at
  FROM generate_series(1, :rows / 5) n, LATERAL (SELECT '2020-01-01 00:00:00+00'::timestamptz + n * interval '61 seconds' AS at) a;
INSERT INTO auth.audit_log_entries (id, payload, created_at, ip_address)
SELECT md5('bulk entry ' || n)::uuid, json_build_object('action', 'login', 'actor_id', md5('bulk user ' || n)::uuid, 'log_type', 'account'),
	'2020-01-01 00:00:00+00'::timestamptz + n * interval '37 seconds', '192.0.2.1'
  FROM generate_series(1, :rows / 5) n;
INSERT INTO auth.sessions (id, user_id, created_at, updated_at, aal)
SELECT md5('bulk session ' || n)::uuid, md5('bulk user ' || n)::uuid, a.at, a.at, 'aal1'
  FROM generate_series(1, :rows / 10) n, LATERAL (SELECT '2024-01-01 00:00:00+00'::timestamptz + n * interval '13 seconds' AS at) a;
INSERT INTO auth.refresh_tokens (token, user_id, revoked, created_at, updated_at, session_id)
SELECT md5('bulk token ' || n), md5('bulk user ' || n)::uuid::text, false, a.at, a.at, md5('bulk session ' || n)::uuid
  FROM generate_series(1, :rows / 10) n, LATERAL (SELECT '2024-01-01 00:00:00+00'::timestamptz + n * interval '13 seconds' AS at) a;
\endif
ANALYZE;
