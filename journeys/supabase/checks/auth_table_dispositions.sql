-- The treatment of each table of the auth schema
-- kind: note

WITH disposition (name, becomes) AS (VALUES
	('audit_log_entries', 'imported: events of accounts, with the original entry'),
	('flow_state', 'dropped: sign-ins that are under way for some minutes'),
	('identities', 'imported: accounts at providers, with subject and issuer; those of addresses are part of the users'),
	('instances', 'dropped: it is not used by Supabase any more'),
	('mfa_amr_claims', 'dropped: how sessions began, and sessions end'),
	('mfa_challenges', 'dropped: codes that are valid for some minutes'),
	('mfa_factors', 'translated: authenticators are encrypted with the secret of this server; others by decision'),
	('oauth_authorizations', 'dropped: valid for some minutes'),
	('oauth_clients', 'reported: applications that sign their users in here have to be set up again'),
	('oauth_consents', 'dropped: they end with the clients'),
	('one_time_tokens', 'dropped: links and codes of mails; users ask for new ones'),
	('refresh_tokens', 'translated: a hash, so that the client can be told once to sign in again'),
	('saml_providers', 'reported: single sign-on has to be set up again'),
	('saml_relay_states', 'dropped: sign-ins that are under way for some minutes'),
	('schema_migrations', 'dropped: the versions of the sign-in server'),
	('sessions', 'translated: a hash, so that the client can be told once to sign in again'),
	('sso_domains', 'reported: single sign-on has to be set up again'),
	('sso_providers', 'reported: single sign-on has to be set up again'),
	('users', 'imported: users with names, pictures, bans and bcrypt passwords'))
SELECT 'auth.' || coalesce(d.name, c.relname), CASE WHEN c.oid IS NULL THEN 'not there' ELSE format('%s rows, %s',
		(xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM auth.%I', c.relname),
			false, true, '')))[1]::text,
		coalesce(d.becomes, 'not known to this journey: nothing of it is read')) END
  FROM disposition d
  FULL JOIN (SELECT oid, relname FROM pg_class
	WHERE relnamespace = to_regnamespace('auth') AND relkind IN ('r', 'p') AND has_table_privilege(oid, 'SELECT')) c
	ON c.relname = d.name
 ORDER BY 1
