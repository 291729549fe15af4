\warn 'tenantry schema up runs this step, once' \quit
-- Mails that users get once a week because they asked for them, and indexes for large organizations.
-- needs: ops/tenant.sql

-- The mails that exist. Files of schema/ fill the table. A mail of a module is written for
-- organizations with it, to members who may read the resource.
CREATE TABLE ops.weekly_mail (
	name     text PRIMARY KEY CONSTRAINT weekly_mail_name_check CHECK (name ~ '^[a-z][a-z0-9_]{0,30}$'),
	module   text REFERENCES identity.module,
	resource text NOT NULL,
	template text NOT NULL,
	page     text NOT NULL,	-- the path of the page where it is switched off
	-- The function (language text, week date) that returns the values of the template, or null if there is
	-- nothing to tell. It runs as the recipient.
	source   text NOT NULL
);
SELECT ops.protect_internal('ops.weekly_mail');

CREATE TABLE ops.weekly_mail_recipient (
	id       bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id   uuid NOT NULL,
	user_id  text NOT NULL,
	mail     text NOT NULL REFERENCES ops.weekly_mail ON DELETE CASCADE,
	language text NOT NULL CONSTRAINT weekly_mail_recipient_language_check CHECK (language IN ('en', 'fr')),
	-- The Monday of the week that is done, and the time of the next mail, which follows from it.
	week     date NOT NULL,
	due_at   timestamptz NOT NULL,
	CONSTRAINT weekly_mail_recipient_key UNIQUE (org_id, user_id, mail),
	CONSTRAINT weekly_mail_recipient_member_fkey FOREIGN KEY (org_id, user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE CASCADE
);
CREATE INDEX weekly_mail_recipient_due_at ON ops.weekly_mail_recipient (due_at);
CREATE INDEX weekly_mail_recipient_mail ON ops.weekly_mail_recipient (mail);
SELECT ops.protect_internal('ops.weekly_mail_recipient');

-- The table of deals is sorted by its last change, and by amount or date on request; forecast and reports read
-- a period of days. What was closed before the module was on has no closed_at, and its last change instead.
CREATE INDEX deals_updated_at ON crm.deals (org_id, updated_at DESC NULLS LAST, id DESC);
CREATE INDEX deals_amount ON crm.deals (org_id, amount DESC NULLS LAST, id DESC);
CREATE INDEX deals_expected_closing_date ON crm.deals (org_id, expected_closing_date, id);
CREATE INDEX deals_closed_at ON crm.deals (org_id, closed_at, updated_at);
-- down
DROP INDEX crm.deals_updated_at, crm.deals_amount, crm.deals_expected_closing_date, crm.deals_closed_at;
DROP TRIGGER IF EXISTS weekly_mail ON crm.configuration;
-- CASCADE: functions of schema/ go with their tables.
DROP TABLE ops.weekly_mail_recipient, ops.weekly_mail CASCADE;
