\warn 'tenantry schema up runs this step, once' \quit
-- What an organization asks of the sessions of its staff, see schema/identity/staff_session.sql.

ALTER TABLE identity.organization
	ADD COLUMN staff_idle_minutes integer CONSTRAINT organization_staff_idle_minutes_check
		CHECK (staff_idle_minutes BETWEEN 5 AND 1440),	-- null: as long as the session
	ADD COLUMN staff_max_minutes integer CONSTRAINT organization_staff_max_minutes_check
		CHECK (staff_max_minutes BETWEEN 30 AND 10080),	-- from the sign-in on; null: as long as the session
	ADD COLUMN staff_second_factor boolean NOT NULL DEFAULT false;

ALTER TABLE identity.session
	ADD COLUMN used_at timestamptz,	-- to the minute, in organizations that limit the time without a request
	ADD COLUMN second_factor boolean NOT NULL DEFAULT false;	-- two factors were proven in it
UPDATE identity.session SET second_factor = true WHERE method = 'two-factor';
-- down
-- CASCADE: their triggers on tables of identity.
DROP FUNCTION IF EXISTS membership.alert_staff_session(), membership.alert_staff_factor(), membership.alert_staff_policy(),
	membership.alert_staff_refusals() CASCADE;
ALTER TABLE identity.session DROP COLUMN used_at, DROP COLUMN second_factor;
ALTER TABLE identity.organization DROP COLUMN staff_idle_minutes, DROP COLUMN staff_max_minutes, DROP COLUMN staff_second_factor;
