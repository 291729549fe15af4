-- Loads the users of a realm export of Keycloak: psql -v file=realm.json -f load.sql
--
-- The export is that of "kc.sh export --users realm_file". PBKDF2 hashes are not supported, so these users set a
-- password with "forgot password". An authenticator remains valid if it uses SHA-1, six digits and 30 seconds.
\ir ../accounts.sql
\set content `cat :'file'`
INSERT INTO public.source_users (id, source_id, data)
SELECT pg_temp.id_of(u.data->>'id'), u.data->>'id', u.data FROM jsonb_array_elements(:'content'::jsonb->'users') u (data);

INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, banned_until, raw_user_meta_data, created_at, updated_at)
SELECT s.id, s.data->>'email', c.password, CASE WHEN s.data->>'emailVerified' = 'true' THEN t.at END,
	CASE WHEN s.data->>'enabled' = 'false' THEN 'infinity'::timestamptz END,
	jsonb_strip_nulls(jsonb_build_object('first_name', s.data->'firstName', 'last_name', s.data->'lastName', 'user_name', s.data->'username')), t.at, t.at
  FROM public.source_users s, LATERAL (SELECT coalesce(pg_temp.at(s.data->>'createdTimestamp'), 'epoch') AS at) t
  LEFT JOIN LATERAL (SELECT '$' || ((c->>'credentialData')::jsonb->>'algorithm') || '$' AS password
	FROM jsonb_array_elements(s.data->'credentials') c WHERE c->>'type' = 'password' LIMIT 1) c ON true;
INSERT INTO auth.identities (user_id, provider, provider_id, identity_data)
SELECT s.id, i->>'identityProvider', i->>'userId', i FROM public.source_users s, jsonb_array_elements(s.data->'federatedIdentities') i
ON CONFLICT DO NOTHING;
INSERT INTO auth.mfa_factors (user_id, factor_type, status, secret, created_at)
SELECT s.id, CASE WHEN c->>'type' = 'otp' THEN 'totp' ELSE 'webauthn' END, 'verified',
	CASE WHEN d.data->>'subType' = 'totp' AND d.data->>'digits' = '6' AND d.data->>'period' = '30' AND d.data->>'algorithm' = 'HmacSHA1'
		THEN CASE d.data->>'secretEncoding' WHEN 'BASE32' THEN d.secret->>'value' ELSE pg_temp.base32(convert_to(d.secret->>'value', 'UTF8')) END END,
	pg_temp.at(c->>'createdDate')
  FROM public.source_users s, jsonb_array_elements(s.data->'credentials') c,
	LATERAL (SELECT (c->>'credentialData')::jsonb AS data, (c->>'secretData')::jsonb AS secret) d
 WHERE c->>'type' IN ('otp', 'webauthn');
