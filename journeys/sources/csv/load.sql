-- Loads users from a CSV file with a header: psql -v file=users.csv -f load.sql <users.csv
--
-- The required column is email. Optional columns are id, name, first_name, last_name, email_verified, password_hash,
-- disabled, created_at. The file can have other columns, which the plan can archive. An account without an ID gets an
-- ID that is derived from its address.
\ir ../accounts.sql
\set header `head -n 1 :'file' | tr -d '\r'`
SELECT format('CREATE TEMP TABLE csv (%s)', string_agg(format('%I text', btrim(c.name, ' "' || U&'\FEFF')), ', ' ORDER BY c.n))
  FROM regexp_split_to_table(:'header', ',') WITH ORDINALITY c (name, n) \gexec
\copy csv FROM pstdin WITH (FORMAT csv, HEADER)
INSERT INTO public.source_users (id, source_id, data)
SELECT pg_temp.id_of(x.id), x.id, x.data FROM (SELECT coalesce(nullif(r.data->>'id', ''), lower(r.data->>'email')) AS id, r.data
	FROM csv c, LATERAL (SELECT to_jsonb(c) AS data) r) x;

INSERT INTO auth.users (id, email, encrypted_password, email_confirmed_at, banned_until, raw_user_meta_data, created_at, updated_at)
SELECT s.id, s.data->>'email', s.data->>'password_hash', CASE WHEN s.data->>'email_verified' ~* '^(t|true|y|yes|1)$' THEN t.at END,
	CASE WHEN s.data->>'disabled' ~* '^(t|true|y|yes|1)$' THEN 'infinity'::timestamptz END,
	jsonb_strip_nulls(jsonb_build_object('name', s.data->'name', 'first_name', s.data->'first_name', 'last_name', s.data->'last_name')), t.at, t.at
  FROM public.source_users s, LATERAL (SELECT coalesce(nullif(s.data->>'created_at', '')::timestamptz, 'epoch') AS at) t;
