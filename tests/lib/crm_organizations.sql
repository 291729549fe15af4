-- Creates two organizations of the CRM without modules, acme and other, in a database of Tenantry, as the owner of the
-- schema. They have users, roles, companies, contacts, deals with a history, notes, tasks and webhooks. The "rows"
-- setting is the number of contacts per organization. The "password" setting is the hash of the password with which
-- users sign in. Every run creates the same rows, except for IDs.

DO $$
<<made>>
DECLARE
	rows integer := current_setting('fixture.rows')::integer;
	slug text;
	org uuid;
	who text;
	u text;
	n integer;
BEGIN
	PERFORM set_config('tenantry.favicons', 'off', true);
	FOREACH slug IN ARRAY '{acme,other}'::text[] LOOP
		org := md5('organization ' || slug)::uuid;
		PERFORM set_config('app.org_id', org::text, true), set_config('app.role', 'owner', true);
		INSERT INTO identity.organization (id, name, slug) VALUES (org, initcap(slug), slug);
		INSERT INTO identity.organization_role (organization_id, id, role, permission)
		VALUES (org, slug || '-rep', 'rep', '{"companies": ["read"], "contacts": ["read"], "deals": ["read:own", "create:own", "update:own"]}'),
			(org, slug || '-reader', 'reader', '{"companies": ["read"], "contacts": ["read"]}');
		FOREACH who IN ARRAY '{owner,admin,member,viewer,rep,reader}'::text[] LOOP
			u := md5('user ' || slug || ' ' || who);
			INSERT INTO identity."user" (id, name, email, email_verified)
			VALUES (u, initcap(who) || ' ' || initcap(slug), format('%s@%s.test', who, slug), true);
			INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
			VALUES (md5('account ' || u), u, 'credential', u, current_setting('fixture.password'));
			INSERT INTO identity.organization_member (id, organization_id, user_id, role)
			VALUES (md5('member ' || u), org, u, who);
		END LOOP;
		PERFORM set_config('app.user_id', md5('user ' || slug || ' owner'), true);
		-- The name alone makes one stage a winning stage.
		UPDATE crm.configuration c SET config = '{"title": "CRM", "currency": "EUR", "dealStages": [{"value": "lead", "label": "Lead"},
			{"value": "proposal", "label": "Proposal"}, {"value": "closed-won", "label": "Won"}, {"value": "closed-lost", "label": "Lost"}]}'
		 WHERE c.org_id = org;
		INSERT INTO crm.companies (org_id, id, name, city, created_at)
		SELECT org, i, format('Company %s of %s', i, slug), 'Lyon', '2024-01-01 UTC'::timestamptz + i * interval '1 hour'
		  FROM generate_series(1, greatest(rows / 5, 2)) i;
		-- Every tenth contact has no company.
		INSERT INTO crm.contacts (org_id, id, first_name, last_name, company_id, email_jsonb, first_seen, last_seen)
		SELECT org, i, 'Ann' || i, 'Of ' || slug, CASE WHEN i % 10 <> 0 THEN 1 + i % greatest(rows / 5, 2) END,
			jsonb_build_array(jsonb_build_object('type', 'Work', 'email', format('ann%s@contacts.test', i))),
			'2024-02-01 UTC', '2024-03-01 UTC'
		  FROM generate_series(1, rows) i;
		INSERT INTO crm.deals (org_id, id, name, company_id, contact_ids, stage, amount, sales_id, created_at, updated_at, index)
		SELECT org, i, 'Deal ' || i, CASE WHEN i % 9 <> 0 THEN 1 + i % greatest(rows / 5, 2) END, ARRAY[i], (ARRAY['lead', 'proposal', 'closed-won', 'closed-lost'])[1 + i % 4],
			i * 100, (SELECT m.sales_id FROM identity.organization_member m WHERE m.organization_id = org
				AND m.role = (ARRAY['member', 'rep'])[1 + i % 2]), '2024-03-01 UTC', '2024-03-02 UTC', i
		  FROM generate_series(1, greatest(rows / 4, 4)) i;
		UPDATE crm.deals d SET name = 'Renamed ' || d.id, amount = d.amount + 1 WHERE d.org_id = org AND d.id % 3 = 0;
		INSERT INTO crm.deal_notes (org_id, deal_id, text, sales_id) SELECT org, d.id, 'A note on ' || d.name, d.sales_id
		  FROM crm.deals d WHERE d.org_id = org AND d.id <= 10;
		INSERT INTO crm.tasks (org_id, contact_id, type, text, due_date)
		SELECT org, i, 'call', 'Call ' || i, '2030-01-01 UTC' FROM generate_series(1, 5) i;
		INSERT INTO crm.webhooks (org_id, url, events, secret) VALUES (org, 'https://hooks.test/' || slug, '["deals.*"]', 'secret of ' || slug);
	END LOOP;
END $$;
