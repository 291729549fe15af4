-- Single sign-on and OAuth clients, which have to be set up again
-- kind: note
-- needs: auth.users auth.identities auth.sso_providers auth.sso_domains auth.saml_providers auth.oauth_clients

SELECT 'sso ' || p.id, format('the identity provider %s of the domains %s', coalesce(p.resource_id, s.entity_id, p.id::text),
	coalesce((SELECT string_agg(d.domain, ', ' ORDER BY d.domain) FROM auth.sso_domains d WHERE d.sso_provider_id = p.id), '-'))
  FROM auth.sso_providers p LEFT JOIN auth.saml_providers s ON s.sso_provider_id = p.id
UNION ALL
SELECT 'identities', format('%s identities of SAML are not imported; their users sign in by another way, or with OpenID Connect', count(*))
  FROM auth.identities i WHERE i.provider LIKE 'sso:%' HAVING count(*) > 0
UNION ALL
SELECT 'client ' || c.id, format('the OAuth client %s (%s)', coalesce(c.client_name, c.id::text), c.redirect_uris)
  FROM auth.oauth_clients c WHERE c.deleted_at IS NULL
 ORDER BY 1
