-- The demo: an organization of its own with a little of everything.  Nothing
-- happens when it is there already.  The setting tenantry.demo_password
-- holds the hash of the demo user's password.
--
-- One block, for one reason: ids made on the way are needed further down.

DO $$
DECLARE
	owner_id text := identity.new_id();
	org uuid := gen_random_uuid();
	company bigint[] := ARRAY[ops.new_id(), ops.new_id(), ops.new_id(), ops.new_id()];
	contact bigint[];
	tag bigint[] := ARRAY[ops.new_id(), ops.new_id(), ops.new_id(), ops.new_id(), ops.new_id()];
	deal bigint[] := ARRAY[ops.new_id(), ops.new_id(), ops.new_id(), ops.new_id(), ops.new_id()];
BEGIN
	IF EXISTS (SELECT FROM identity.organization WHERE demo) THEN
		RETURN;
	END IF;
	IF coalesce(current_setting('tenantry.demo_password', true), '') = '' THEN
		RAISE EXCEPTION 'the setting tenantry.demo_password is empty'
			USING HINT = 'it must hold the hash of the demo user''s password';
	END IF;
	contact := ARRAY(SELECT ops.new_id() FROM generate_series(1, 10));
	PERFORM set_config('app.org_id', org::text, true),
		set_config('app.user_id', owner_id, true),
		set_config('app.role', 'owner', true),
		set_config('tenantry.favicons', 'off', true);

	INSERT INTO identity."user" (id, name, email, email_verified)
	VALUES (owner_id, 'Demo User', 'demo@clientflow.test', true);
	INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
	VALUES (identity.new_id(), owner_id, 'credential', owner_id,
		current_setting('tenantry.demo_password'));
	INSERT INTO identity.organization (id, name, slug, demo)
	VALUES (org, 'ClientFlow Demo', 'clientflow-demo', true);
	INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	VALUES (identity.new_id(), org, owner_id, 'owner');
	UPDATE identity."user" SET last_organization_id = org WHERE id = owner_id;

	UPDATE crm.configuration SET config = '{
		"title": "ClientFlow Demo",
		"currency": "USD",
		"dealStages": [
			{"value": "lead", "label": "Lead"},
			{"value": "qualified", "label": "Qualified"},
			{"value": "proposal", "label": "Proposal"},
			{"value": "won", "label": "Won"},
			{"value": "lost", "label": "Lost"}],
		"dealPipelineStatuses": ["won"]}'
	 WHERE org_id = org;

	INSERT INTO crm.tags (id, name, color)
	SELECT tag[n], name, color
	  FROM unnest(ARRAY['vip', 'prospect', 'customer', 'partner', 'newsletter'],
		ARRAY['#eddcd2', '#fff1e6', '#dbe7e4', '#d6e2e9', '#f0efeb'])
		WITH ORDINALITY AS x (name, color, n);

	INSERT INTO crm.companies (id, name, sector, size, website, phone_number, city, country,
		description, created_at)
	VALUES
	(company[1], 'Brightlane Studio', 'communication-services', 10, 'https://brightlane.test',
		'+1 555 0110', 'Portland', 'United States', 'Design and branding.',
		now() - interval '60 days'),
	(company[2], 'Harbor Dental', 'health-care', 50, 'https://harbordental.test',
		'+1 555 0120', 'Seattle', 'United States', 'Two practices by the water.',
		now() - interval '45 days'),
	(company[3], 'Northwind Fitness', 'consumer-discretionary', 50,
		'https://northwindfitness.test', '+1 555 0130', 'Denver', 'United States',
		'A chain of four gyms.', now() - interval '30 days'),
	(company[4], 'Juniper Legal', 'industrials', 10, 'https://juniperlegal.test',
		'+1 555 0140', 'Austin', 'United States', 'Contracts for small firms.',
		now() - interval '20 days');

	INSERT INTO crm.contacts (id, first_name, last_name, gender, title, status, company_id,
		email_jsonb, phone_jsonb, tags, first_seen, last_seen, has_newsletter, background)
	SELECT contact[n], first_name, last_name, gender, title, status, company[c],
		jsonb_build_array(jsonb_build_object('type', 'Work', 'email',
			lower(first_name) || '.' || lower(last_name) || '@'
			|| (ARRAY['brightlane', 'harbordental', 'northwindfitness', 'juniperlegal'])[c]
			|| '.test')),
		jsonb_build_array(jsonb_build_object('type', 'Work', 'number',
			'+1 555 01' || 50 + n)),
		ARRAY(SELECT tag[t] FROM unnest(tags) t),
		now() - make_interval(days => 60 - 5 * n::int),
		now() - make_interval(days => n::int), n % 2 = 0, background
	  FROM (VALUES
		(1, 'Maya', 'Okafor', 'female', 'Creative director', 'hot', 1, ARRAY[1, 3],
			'Met at the spring trade fair.'),
		(2, 'Liam', 'Svensson', 'male', 'Project manager', 'warm', 1, ARRAY[3], NULL),
		(3, 'Priya', 'Raman', 'female', 'Practice owner', 'hot', 2, ARRAY[1, 2],
			'Wants online booking before summer.'),
		(4, 'Tomas', 'Alvarez', 'male', 'Office manager', 'cold', 2, ARRAY[2, 5], NULL),
		(5, 'Hana', 'Kobayashi', 'female', 'Head of operations', 'warm', 3, ARRAY[2], NULL),
		(6, 'Jonas', 'Weber', 'male', 'Membership lead', 'in-contract', 3, ARRAY[3, 5], NULL),
		(7, 'Aisha', 'Diallo', 'female', 'Founding partner', 'in-contract', 4, ARRAY[1, 3],
			'Prefers a call to an e-mail.'),
		(8, 'Noah', 'Clarke', 'male', 'Paralegal', 'cold', 4, ARRAY[5], NULL),
		(9, 'Elena', 'Petrova', 'female', 'Marketing lead', 'warm', 1, ARRAY[2, 4], NULL),
		(10, 'Sam', 'Nguyen', 'nonbinary', 'Trainer', 'cold', 3, ARRAY[4, 5], NULL)
	) AS x (n, first_name, last_name, gender, title, status, c, tags, background);

	INSERT INTO crm.deals (id, name, company_id, contact_ids, category, stage, description,
		amount, expected_closing_date, index, created_at)
	VALUES
	(deal[1], 'Website relaunch', company[1], ARRAY[contact[1], contact[2]], 'website-design',
		'lead', 'New site with a client area.', 12000, current_date + 45, 0,
		now() - interval '12 days'),
	(deal[2], 'Online booking', company[2], ARRAY[contact[3]], 'ui-design', 'qualified',
		'Appointments and reminders for two practices.', 8500, current_date + 30, 0,
		now() - interval '20 days'),
	(deal[3], 'Member app', company[3], ARRAY[contact[5]], 'ui-design', 'proposal',
		'Check-in and class plans.', 24000, current_date + 21, 0,
		now() - interval '25 days'),
	(deal[4], 'Contract templates', company[4], ARRAY[contact[7]], 'copywriting', 'won',
		'Plain words for ten standard contracts.', 6000, current_date - 3, 0,
		now() - interval '35 days'),
	(deal[5], 'Poster campaign', company[3], ARRAY[contact[10]], 'print-project', 'lost',
		'Went to a printer next door.', 3200, current_date - 10, 0,
		now() - interval '40 days');

	INSERT INTO crm.contact_notes (contact_id, text, date, status)
	VALUES
	(contact[1], 'Showed the first drafts; she likes the quiet one.',
		now() - interval '2 days', 'hot'),
	(contact[3], 'Asked for a quote that includes reminders by text message.',
		now() - interval '4 days', 'hot'),
	(contact[5], 'Budget is with the board, answer by the end of the month.',
		now() - interval '6 days', 'warm'),
	(contact[7], 'Signed. Invoice goes out on Monday.', now() - interval '8 days',
		'in-contract');
	INSERT INTO crm.deal_notes (deal_id, text, date)
	VALUES
	(deal[2], 'Two practices, one calendar: keep them apart in the offer.',
		now() - interval '5 days'),
	(deal[3], 'Sent the proposal.', now() - interval '7 days');
	INSERT INTO crm.tasks (contact_id, type, text, due_date, done_date)
	VALUES
	(contact[1], 'follow-up', 'Send the revised drafts', now() + interval '1 day', NULL),
	(contact[3], 'email', 'Quote for online booking', now() + interval '2 days', NULL),
	(contact[5], 'call', 'Ask how the board decided', now() + interval '6 days', NULL),
	(contact[7], 'thank-you', 'Thank her for the signature', now() - interval '7 days',
		now() - interval '6 days');

	INSERT INTO crm.appointments (contact_id, title, location, starts_at, ends_at, status)
	SELECT contact[c], title, location, day + hour, day + hour + interval '45 minutes', status
	  FROM (SELECT c, title, location, status, date_trunc('day', now()) + make_interval(days => d)
			AS day, make_interval(hours => h) AS hour
		FROM (VALUES
		(1, 'Design review', 'Video call', 'confirmed', 1, 10),
		(3, 'Booking demo', 'Harbor Dental, Seattle', 'scheduled', 2, 14),
		(5, 'Proposal walk-through', 'Video call', 'scheduled', 3, 9),
		(7, 'Kick-off', 'Juniper Legal, Austin', 'confirmed', 5, 11),
		(9, 'Coffee and ideas', 'Cafe Alder', 'scheduled', 7, 16)
		) AS v (c, title, location, status, d, h)) AS x;

	INSERT INTO crm.automations (name, trigger_type, trigger, action_type, action)
	VALUES
	('Booking confirmation', 'appointment.created', '{}', 'send_email',
		'{"template": "booking_confirmation", "to": "contact"}'),
	('Follow-up reminder', 'deal.stale', '{"days": 3}', 'create_task',
		'{"type": "follow-up", "text": "Follow up on {{name}}", "due_in_days": 1}');

	INSERT INTO crm.activities (contact_id, deal_id, type, subject, body, occurred_at)
	VALUES
	(contact[3], deal[2], 'call', 'Needs and dates',
		'Twenty minutes on reminders and who may see the calendar.',
		now() - interval '5 days'),
	(contact[5], deal[3], 'email', 'Proposal', 'Sent the proposal with two options.',
		now() - interval '7 days'),
	(contact[7], deal[4], 'note', 'Signature', 'The contract came back signed.',
		now() - interval '8 days');

	INSERT INTO crm.daily_metrics (date, new_contacts, new_deals, won_deals, appointments,
		revenue, currency)
	SELECT current_date - d, (ARRAY[2, 1, 3, 0, 2, 1, 1])[d + 1],
		(ARRAY[1, 0, 1, 0, 1, 1, 0])[d + 1], CASE d WHEN 3 THEN 1 ELSE 0 END,
		(ARRAY[1, 2, 1, 3, 0, 1, 2])[d + 1], CASE d WHEN 3 THEN 600000 ELSE 0 END, 'USD'
	  FROM generate_series(0, 6) d;
END $$;
