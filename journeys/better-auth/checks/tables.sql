-- The tables of Better Auth exist
-- kind: blocker

SELECT t.name, format('the source has no table %s, or it is not accessible', t.name)
  FROM unnest(ARRAY['public."user"', 'public.account', 'public.session']) t (name)
 WHERE to_regclass(t.name) IS NULL OR NOT has_table_privilege(to_regclass(t.name), 'SELECT')
