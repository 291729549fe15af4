-- Loads the users of an Auth0 export, an object on each line: psql -v file=users.json -f load.sql
--
-- The support of Auth0 adds the password hashes on request, as passwordHash. They are bcrypt hashes, and remain valid.
\ir ../accounts.sql
\set content `cat :'file'`
INSERT INTO public.source_users (id, source_id, data)
SELECT pg_temp.id_of(x.id), x.id, x.data FROM (SELECT coalesce(l.line::jsonb->>'user_id', 'auth0|' || (l.line::jsonb->'_id'->>'$oid')) AS id, l.line::jsonb AS data
	FROM regexp_split_to_table(:'content', E'\n') l (line) WHERE l.line ~ '[^[:space:]]') x;

INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, last_sign_in_at, banned_until, raw_user_meta_data, created_at, updated_at)
SELECT s.id, s.data->>'email', s.data->>'passwordHash', CASE WHEN s.data->>'email_verified' = 'true' THEN t.at END, (s.data->>'last_login')::timestamptz,
	CASE WHEN s.data->>'blocked' = 'true' THEN 'infinity'::timestamptz END,
	jsonb_strip_nulls(jsonb_build_object('name', s.data->'name', 'first_name', s.data->'given_name', 'last_name', s.data->'family_name',
		'picture', s.data->'picture')), t.at, coalesce((s.data->>'updated_at')::timestamptz, t.at)
  FROM public.source_users s, LATERAL (SELECT coalesce((s.data->>'created_at')::timestamptz, 'epoch') AS at) t;
INSERT INTO auth.identities (user_id, provider, provider_id, identity_data)
SELECT s.id, CASE i->>'provider' WHEN 'google-oauth2' THEN 'google' WHEN 'windowslive' THEN 'microsoft' ELSE i->>'provider' END, i->>'user_id', i
  FROM public.source_users s, jsonb_array_elements(s.data->'identities') i
 WHERE i->>'provider' NOT IN ('auth0', 'email', 'sms') AND i->>'user_id' <> ''
ON CONFLICT DO NOTHING;
-- Secrets of second factors are not exported.
INSERT INTO auth.mfa_factors (user_id, factor_type, status)
SELECT s.id, 'totp', 'verified' FROM public.source_users s WHERE jsonb_array_length(s.data->'multifactor') > 0;
