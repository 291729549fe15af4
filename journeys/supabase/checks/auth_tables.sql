-- The tables of a Supabase project exist
-- kind: blocker

SELECT t.name, format('the source has no table %s, or it is not accessible', t.name)
  FROM unnest('{auth.users,auth.identities,auth.sessions,auth.refresh_tokens,auth.audit_log_entries,auth.mfa_factors}'::text[]) t (name)
 WHERE to_regclass(t.name) IS NULL OR NOT has_table_privilege(to_regclass(t.name), 'SELECT')
