\warn 'tenantry schema up runs this step, once' \quit
-- The module membership: six tables with the settings of members. Each profile has a row in each, with its id.
-- needs: ops/tenant.sql

CREATE TABLE membership.user_settings (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL,
	language   text CONSTRAINT user_settings_language_check CHECK (language IN ('en', 'fr')),	-- of mails; null: English
	time_zone  text,	-- of times in mails; null: the organization's
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_settings_id_fkey FOREIGN KEY (org_id, id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('membership.user_settings', true, false);

CREATE TABLE membership.user_security_settings (
	org_id         uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id             bigint NOT NULL,
	sign_in_alerts boolean NOT NULL DEFAULT false,	-- a mail about a sign-in from a new place
	updated_at     timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_security_settings_id_fkey FOREIGN KEY (org_id, id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('membership.user_security_settings', true, false);

CREATE TABLE membership.user_notification_preferences (
	org_id      uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id          bigint NOT NULL,
	email       boolean NOT NULL DEFAULT true,	-- false: no mail of the module
	memberships boolean NOT NULL DEFAULT true,	-- a mail when a membership of theirs is renewed or cancelled
	queue       boolean NOT NULL DEFAULT true,	-- a mail when it is their turn
	muted_until timestamptz,	-- no mail of the module until then
	updated_at  timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_notification_preferences_id_fkey FOREIGN KEY (org_id, id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('membership.user_notification_preferences', true, false);

-- What a new membership has that does not say otherwise.
CREATE TABLE membership.user_payment_settings (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL,
	renews     boolean NOT NULL DEFAULT false,
	currency   text CONSTRAINT user_payment_settings_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_payment_settings_id_fkey FOREIGN KEY (org_id, id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('membership.user_payment_settings', true, false);

-- What other members see in the directory. Nobody is in it who did not choose so.
CREATE TABLE membership.user_privacy_settings (
	org_id          uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id              bigint NOT NULL,
	listed          boolean NOT NULL DEFAULT false,
	show_bio        boolean NOT NULL DEFAULT true,
	show_birth_date boolean NOT NULL DEFAULT false,
	show_city       boolean NOT NULL DEFAULT false,
	show_email      boolean NOT NULL DEFAULT false,
	show_phone      boolean NOT NULL DEFAULT false,
	updated_at      timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_privacy_settings_id_fkey FOREIGN KEY (org_id, id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX user_privacy_settings_listed ON membership.user_privacy_settings (org_id, id) WHERE listed;
SELECT ops.protect('membership.user_privacy_settings', true, false);

CREATE TABLE membership.user_appearance_settings (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL,
	theme      text NOT NULL DEFAULT 'system' CONSTRAINT user_appearance_settings_theme_check
		CHECK (theme IN ('system', 'light', 'dark')),
	density    text NOT NULL DEFAULT 'comfortable' CONSTRAINT user_appearance_settings_density_check
		CHECK (density IN ('comfortable', 'compact')),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, id),
	CONSTRAINT user_appearance_settings_id_fkey FOREIGN KEY (org_id, id)
		REFERENCES membership.user_profiles ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT ops.protect('membership.user_appearance_settings', true, false);

-- The settings of the member decide.
ALTER TABLE membership.user_memberships ALTER renews DROP DEFAULT;
-- down
-- CASCADE: their triggers and policies, and triggers on other tables.
DROP VIEW IF EXISTS membership.member_directory;
DROP FUNCTION IF EXISTS membership.add_settings(), membership.alert_sign_in(), membership.apply_payment_settings(),
	membership.tell_membership(), membership.listed_members() CASCADE;
DROP TABLE membership.user_appearance_settings, membership.user_privacy_settings, membership.user_payment_settings,
	membership.user_notification_preferences, membership.user_security_settings, membership.user_settings CASCADE;
DELETE FROM identity.resource WHERE name IN ('user_settings', 'user_security_settings', 'user_notification_preferences',
	'user_payment_settings', 'user_privacy_settings', 'user_appearance_settings', 'member_directory');
ALTER TABLE membership.user_memberships ALTER renews SET DEFAULT false;
