-- Loads the users of "firebase auth:export users.json": psql -v file=users.json -f load.sql
--
-- Firebase's variant of scrypt is not supported, so users with a password set a new one with "forgot password".
\ir ../accounts.sql
\set content `cat :'file'`
INSERT INTO public.source_users (id, source_id, data)
SELECT pg_temp.id_of(u.data->>'localId'), u.data->>'localId', u.data FROM jsonb_array_elements(:'content'::jsonb->'users') u (data);

INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, last_sign_in_at, banned_until, raw_user_meta_data, created_at, updated_at)
SELECT s.id, s.data->>'email', '$fbscrypt$' || (s.data->>'passwordHash'), CASE WHEN s.data->>'emailVerified' = 'true' THEN t.at END,
	pg_temp.at(s.data->>'lastSignedInAt'), CASE WHEN s.data->>'disabled' = 'true' THEN 'infinity'::timestamptz END,
	jsonb_strip_nulls(jsonb_build_object('name', s.data->'displayName', 'picture', s.data->'photoUrl')), t.at, t.at
  FROM public.source_users s, LATERAL (SELECT coalesce(pg_temp.at(s.data->>'createdAt'), 'epoch') AS at) t;
INSERT INTO auth.identities (user_id, provider, provider_id, identity_data)
SELECT s.id, regexp_replace(i->>'providerId', '[.]com$', ''), i->>'rawId', i
  FROM public.source_users s, jsonb_array_elements(s.data->'providerUserInfo') i
 WHERE i->>'providerId' NOT IN ('password', 'phone') AND i->>'rawId' <> ''
ON CONFLICT DO NOTHING;
INSERT INTO auth.mfa_factors (user_id, factor_type, status)
SELECT s.id, 'phone', 'verified' FROM public.source_users s WHERE jsonb_array_length(s.data->'mfaInfo') > 0;
