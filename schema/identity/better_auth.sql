-- Users, sessions and organizations as the tables of a Better Auth 1.7 server, to be read with search_path =
-- better_auth. The views read with the owner's privileges, so only members of tenantry_better_auth may read them, but
-- never the application.

CREATE OR REPLACE VIEW better_auth."user" AS
SELECT u.id, u.name, u.email, u.email_verified AS "emailVerified", u.image, u.created_at AS "createdAt",
	u.updated_at AS "updatedAt", u.role, u.banned, u.ban_reason AS "banReason", u.ban_expires AS "banExpires",
	u.two_factor_enabled AS "twoFactorEnabled"
  FROM identity."user" u;

-- token is a hash in hexadecimal digits: the token itself is not stored, so a reader cannot use a session.
CREATE OR REPLACE VIEW better_auth.session AS
SELECT s.id, s.expires_at AS "expiresAt", encode(s.token_hash, 'hex') AS token, s.created_at AS "createdAt",
	s.updated_at AS "updatedAt", s.ip_address AS "ipAddress", s.user_agent AS "userAgent", s.user_id AS "userId",
	s.active_organization_id::text AS "activeOrganizationId", s.impersonated_by AS "impersonatedBy"
  FROM identity.session s;

-- The workers encrypt the tokens of providers.
CREATE OR REPLACE VIEW better_auth.account AS
SELECT a.id, a.account_id AS "accountId", a.provider_id AS "providerId", a.user_id AS "userId",
	a.access_token AS "accessToken", a.refresh_token AS "refreshToken", a.id_token AS "idToken",
	a.access_token_expires_at AS "accessTokenExpiresAt", a.refresh_token_expires_at AS "refreshTokenExpiresAt",
	a.scope, a.password, a.created_at AS "createdAt", a.updated_at AS "updatedAt"
  FROM identity.account a;

CREATE OR REPLACE VIEW better_auth.verification AS
SELECT v.id, v.identifier, v.value, v.expires_at AS "expiresAt", v.created_at AS "createdAt", v.updated_at AS "updatedAt"
  FROM identity.verification v;

-- Omits deleted organizations: their members are in another table.
CREATE OR REPLACE VIEW better_auth.organization WITH (security_barrier) AS
SELECT o.id::text AS id, o.name, o.slug, o.logo, o.created_at AS "createdAt", o.metadata
  FROM identity.organization o WHERE o.deleted_at IS NULL;

-- Omits disabled members: Better Auth lacks this state, so disabled members would regain their permissions.
CREATE OR REPLACE VIEW better_auth.member WITH (security_barrier) AS
SELECT m.id, m.organization_id::text AS "organizationId", m.user_id AS "userId", m.role, m.created_at AS "createdAt"
  FROM identity.organization_member m WHERE NOT m.disabled;

-- Omits invitations that any holder of a link can accept: in Better Auth, each invitation has an address.
CREATE OR REPLACE VIEW better_auth.invitation WITH (security_barrier) AS
SELECT i.id, i.organization_id::text AS "organizationId", i.email, i.role, i.status, i.expires_at AS "expiresAt",
	i.created_at AS "createdAt", i.inviter_id AS "inviterId"
  FROM identity.organization_invitation i JOIN identity.organization o ON o.id = i.organization_id
 WHERE i.email IS NOT NULL AND o.deleted_at IS NULL;

-- The workers encrypt the secret, and backup codes are keyed hashes. Neither can be used elsewhere.
CREATE OR REPLACE VIEW better_auth."twoFactor" WITH (security_barrier) AS
SELECT t.user_id AS id, t.secret, (SELECT coalesce(json_agg(encode(c.code_hash, 'hex') ORDER BY c.code_hash), '[]')::text
		FROM identity.backup_code c WHERE c.user_id = t.user_id) AS "backupCodes",
	t.user_id AS "userId", t.verified, t.failures AS "failedVerificationCount", t.locked_until AS "lockedUntil"
  FROM identity.two_factor t WHERE t.secret IS NOT NULL;

-- Better Auth's counter has 31 bits, and the counter of an authenticator has 32.
CREATE OR REPLACE VIEW better_auth.passkey AS
SELECT p.id, p.name, p.public_key AS "publicKey", p.user_id AS "userId", p.credential_id AS "credentialID",
	least(p.counter, 2147483647)::integer AS counter, p.device_type AS "deviceType", p.backed_up AS "backedUp",
	p.transports, p.created_at AS "createdAt", p.aaguid
  FROM identity.passkey p;

DO $$
BEGIN
	IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenantry_better_auth') THEN
		GRANT USAGE ON SCHEMA better_auth TO tenantry_better_auth;
		GRANT SELECT ON ALL TABLES IN SCHEMA better_auth TO tenantry_better_auth;
	END IF;
END $$;
