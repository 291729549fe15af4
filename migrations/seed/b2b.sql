-- The demo of the module b2b: an agency that sells for food-service principals through distributors.  Nothing happens
-- when it is there already, unless the setting tenantry.demo_reset is on: then it is deleted and made again.  The
-- setting tenantry.demo_password holds the hash of the demo user's password, for a user that is not there yet.

DO $$
<<b2b>>
DECLARE
	slug constant text := 'b2b-demo';
	owner_id text;
	org uuid := gen_random_uuid();
	old uuid;
	today date := current_date;
	companies jsonb;
	contacts jsonb;
	products jsonb;
	lists jsonb;
	renewals bigint := ops.new_id();
	deal bigint;
	o record;
BEGIN
	SELECT x.id INTO old FROM identity.organization x WHERE x.slug = b2b.slug AND x.demo AND x.deleted_at IS NULL;
	IF old IS NOT NULL AND coalesce(current_setting('tenantry.demo_reset', true), '') <> 'on' THEN
		RETURN;
	END IF;
	IF old IS NOT NULL THEN
		UPDATE identity.organization x SET slug = b2b.slug || '-' || x.id WHERE x.id = old;
		PERFORM identity.mark_organization_deleted(old);
	END IF;
	SELECT u.id INTO owner_id FROM identity."user" u WHERE u.email = 'demo@clientflow.test';
	IF owner_id IS NULL THEN
		owner_id := identity.new_id();
		INSERT INTO identity."user" (id, name, email, email_verified)
		VALUES (owner_id, 'Demo User', 'demo@clientflow.test', true);
		INSERT INTO identity.account (id, account_id, provider_id, user_id, password)
		VALUES (identity.new_id(), owner_id, 'credential', owner_id, current_setting('tenantry.demo_password'));
	END IF;
	PERFORM set_config('app.org_id', org::text, true), set_config('app.user_id', owner_id, true),
		set_config('app.role', 'owner', true), set_config('tenantry.favicons', 'off', true);
	INSERT INTO identity.organization (id, name, slug, demo) VALUES (org, 'Riverside Food Brokers', slug, true);
	INSERT INTO identity.organization_member (id, organization_id, user_id, role)
	VALUES (identity.new_id(), org, owner_id, 'owner');
	UPDATE crm.configuration SET config = '{
		"title": "Riverside Food Brokers",
		"currency": "USD",
		"dealStages": [
			{"value": "new-lead", "label": "New lead"},
			{"value": "outreach", "label": "Outreach"},
			{"value": "sample-visit", "label": "Sample visit"},
			{"value": "demo", "label": "Demo scheduled"},
			{"value": "won", "label": "Won"},
			{"value": "lost", "label": "Lost"}],
		"dealPipelineStatuses": ["won"]}'
	 WHERE org_id = org;
	PERFORM identity.set_module(org, 'b2b', true);

	-- Companies: principals, distributors and customers.
	WITH made AS (
		INSERT INTO crm.companies (id, name, sector, size, website, city, country, description, created_at)
		SELECT ops.new_id(), x.name, 'consumer-staples', x.size, 'https://' || x.host || '.test', x.city, 'United States',
			x.description, now() - make_interval(days => 120 - n::int)
		  FROM (VALUES (1, 'Golden Grain Mills', 250, 'goldengrain', 'Minneapolis', 'Flour and baking mixes.'),
			(2, 'Coastal Catch', 50, 'coastalcatch', 'Portland', 'Frozen fish from day boats.'),
			(3, 'Sunny Orchard', 50, 'sunnyorchard', 'Yakima', 'Juices and purees.'),
			(4, 'Metro Provisions', 500, 'metroprovisions', 'Chicago', 'Broadline distributor, Midwest.'),
			(5, 'Bayside Foodservice', 250, 'bayside', 'Oakland', 'Distributor, West Coast.'),
			(6, 'Harvest Table Restaurants', 50, 'harvesttable', 'Chicago', 'Eleven restaurants.'),
			(7, 'Lakeview School District', 500, 'lakeview', 'Evanston', 'Meals for 9,000 pupils.'),
			(8, 'Pier 9 Hotel', 50, 'pier9', 'Oakland', 'Two kitchens and a bakery.'),
			(9, 'Lakeview Schools, East', 50, 'lakevieweast', 'Evanston', NULL)) x (n, name, size, host, city, description)
		RETURNING id, name)
	SELECT jsonb_object_agg(m.name, m.id) INTO companies FROM made m;
	UPDATE crm.company_profiles p SET type = x.type, parent_id = (companies->>x.parent)::bigint
	  FROM (VALUES ('Golden Grain Mills', 'principal', NULL), ('Coastal Catch', 'principal', NULL),
		('Sunny Orchard', 'principal', NULL), ('Metro Provisions', 'distributor', NULL),
		('Bayside Foodservice', 'distributor', NULL), ('Harvest Table Restaurants', 'customer', NULL),
		('Lakeview School District', 'customer', NULL), ('Pier 9 Hotel', 'prospect', NULL),
		('Lakeview Schools, East', 'customer', 'Lakeview School District')) x (name, type, parent)
	 WHERE p.org_id = org AND p.id = (companies->>x.name)::bigint;

	-- People; one sits in two organizations.
	WITH made AS (
		INSERT INTO crm.contacts (id, first_name, last_name, title, status, company_id, email_jsonb, first_seen, last_seen)
		SELECT ops.new_id(), x.first, x.last, x.title, x.status, (companies->>x.company)::bigint,
			jsonb_build_array(jsonb_build_object('type', 'Work', 'email', lower(x.first || '.' || x.last) || '@example.test')),
			now() - interval '90 days', now() - make_interval(days => n::int)
		  FROM (VALUES (1, 'Greta', 'Lindqvist', 'Sales director', 'warm', 'Golden Grain Mills'),
			(2, 'Marcus', 'Bell', 'National accounts', 'warm', 'Coastal Catch'),
			(3, 'Ines', 'Moreau', 'Founder', 'hot', 'Sunny Orchard'),
			(4, 'Dana', 'Whitfield', 'Category buyer', 'in-contract', 'Metro Provisions'),
			(5, 'Owen', 'Park', 'Purchasing', 'warm', 'Bayside Foodservice'),
			(6, 'Rosa', 'Delgado', 'Executive chef', 'hot', 'Harvest Table Restaurants'),
			(7, 'Ken', 'Abara', 'Nutrition services', 'warm', 'Lakeview School District'),
			(8, 'Lucia', 'Brandt', 'Pastry chef', 'cold', 'Pier 9 Hotel')) x (n, first, last, title, status, company)
		RETURNING id, last_name)
	SELECT jsonb_object_agg(m.last_name, m.id) INTO contacts FROM made m;
	UPDATE crm.contact_organizations k SET role = x.role, influence = x.influence
	  FROM (VALUES ('Lindqvist', 'Key contact', 80), ('Bell', 'Key contact', 60), ('Moreau', 'Owner', 95),
		('Whitfield', 'Buyer', 85), ('Park', 'Buyer', 55), ('Delgado', 'Decision maker', 90), ('Abara', 'Decision maker', 70),
		('Brandt', 'Influencer', 40)) x (name, role, influence)
	 WHERE k.org_id = org AND k.contact_id = (contacts->>x.name)::bigint;
	INSERT INTO crm.contact_organizations (contact_id, company_id, role, influence, started_on)
	VALUES ((contacts->>'Delgado')::bigint, (companies->>'Pier 9 Hotel')::bigint, 'Consulting chef', 60, today - 200);

	-- What the principals sell, and for how much.
	WITH made AS (
		INSERT INTO crm.products (id, principal_id, sku, name, category, unit)
		SELECT ops.new_id(), (companies->>x.principal)::bigint, x.sku, x.name, x.category, x.unit
		  FROM (VALUES ('Golden Grain Mills', 'GG-100', 'Bread flour, 25 kg', 'Flour', 'bag'),
			('Golden Grain Mills', 'GG-210', 'Pancake mix, 5 kg', 'Mixes', 'bag'),
			('Golden Grain Mills', 'GG-220', 'Muffin mix, 5 kg', 'Mixes', 'bag'),
			('Coastal Catch', 'CC-010', 'Cod fillets, 4 kg', 'Fish', 'case'),
			('Coastal Catch', 'CC-030', 'Fish sticks, 5 kg', 'Fish', 'case'),
			('Sunny Orchard', 'SO-001', 'Apple juice, 12 l', 'Juice', 'case'),
			('Sunny Orchard', 'SO-007', 'Peach puree, 6 kg', 'Puree', 'case')) x (principal, sku, name, category, unit)
		RETURNING id, sku)
	SELECT jsonb_object_agg(m.sku, m.id) INTO products FROM made m;
	WITH made AS (
		INSERT INTO crm.price_lists (id, principal_id, name, currency, valid_from, valid_to)
		SELECT ops.new_id(), (companies->>p)::bigint, 'Food service', 'USD', date_trunc('year', today)::date,
			(date_trunc('year', today) + interval '2 years')::date - 1
		  FROM unnest(ARRAY['Golden Grain Mills', 'Coastal Catch', 'Sunny Orchard']) p
		RETURNING id, principal_id)
	SELECT jsonb_object_agg(m.principal_id, m.id) INTO lists FROM made m;
	INSERT INTO crm.price_list_items (price_list_id, product_id, min_quantity, price)
	SELECT (lists->>(p.principal_id::text))::bigint, p.id, x.quantity, x.price
	  FROM (VALUES ('GG-100', 0, 2450), ('GG-100', 50, 2250), ('GG-210', 0, 1390), ('GG-220', 0, 1420), ('CC-010', 0, 6800),
		('CC-010', 20, 6350), ('CC-030', 0, 3900), ('SO-001', 0, 1860), ('SO-007', 0, 2740)) x (sku, quantity, price)
	  JOIN crm.products p ON p.org_id = org AND p.id = (products->>x.sku)::bigint;
	INSERT INTO crm.distributor_terms (principal_id, distributor_id, territory, exclusive, commission_rate, valid_from)
	SELECT (companies->>x.principal)::bigint, (companies->>x.distributor)::bigint, x.territory, x.exclusive, x.rate,
		date_trunc('year', today)::date
	  FROM (VALUES ('Golden Grain Mills', 'Metro Provisions', 'Midwest', true, 4.5),
		('Golden Grain Mills', 'Bayside Foodservice', 'West Coast', false, 5.0),
		('Coastal Catch', 'Bayside Foodservice', 'West Coast', true, 6.25),
		('Sunny Orchard', 'Metro Provisions', NULL, false, 5.0)) x (principal, distributor, territory, exclusive, rate);

	-- A second pipeline, and the opportunities of both.
	INSERT INTO crm.pipelines (id, name) VALUES (renewals, 'Contract renewals');
	INSERT INTO crm.pipeline_stages (pipeline_id, stage, label, outcome, probability)
	VALUES (renewals, 'renewal-due', 'Renewal due', 'open', 60), (renewals, 'renewal-offered', 'Renewal offered', 'open', 80),
		(renewals, 'renewed', 'Renewed', 'won', 100), (renewals, 'not-renewed', 'Not renewed', 'lost', 0);
	FOR o IN SELECT * FROM (VALUES
	    ('Flour for eleven kitchens', 'demo', 'Harvest Table Restaurants', 'Delgado', 'Golden Grain Mills', 'Metro Provisions',
		'GG-100', 120, 30, true, NULL),
	    ('Fish Fridays', 'sample-visit', 'Lakeview School District', 'Abara', 'Coastal Catch', 'Metro Provisions',
		'CC-030', 200, 45, false, NULL),
	    ('Breakfast juice', 'outreach', 'Lakeview Schools, East', 'Abara', 'Sunny Orchard', 'Metro Provisions',
		'SO-001', 400, 75, false, NULL),
	    ('Hotel bakery', 'new-lead', 'Pier 9 Hotel', 'Brandt', 'Golden Grain Mills', 'Bayside Foodservice',
		'GG-220', 60, 90, false, NULL),
	    ('Cod for the bar menu', 'won', 'Pier 9 Hotel', 'Delgado', 'Coastal Catch', 'Bayside Foodservice',
		'CC-010', 40, -12, false, 'quality'),
	    ('Pancake mornings', 'won', 'Lakeview School District', 'Abara', 'Golden Grain Mills', 'Metro Provisions',
		'GG-210', 300, -35, false, 'price'),
	    ('Puree for sauces', 'lost', 'Harvest Table Restaurants', 'Delgado', 'Sunny Orchard', 'Metro Provisions',
		'SO-007', 30, -20, false, 'timing'),
	    ('School flour, next year', 'renewal-offered', 'Lakeview School District', 'Abara', 'Golden Grain Mills',
		'Metro Provisions', 'GG-100', 260, 20, true, NULL)
	  ) x (name, stage, customer, person, principal, distributor, sku, quantity, days, committed, reason) LOOP
		INSERT INTO crm.deals (name, stage, company_id, contact_ids, category, expected_closing_date, index, is_committed,
			outcome_reason, closed_at, created_at)
		VALUES (o.name, o.stage, (companies->>o.customer)::bigint, ARRAY[(contacts->>o.person)::bigint], 'other', today + o.days, 0,
			o.committed, o.reason, CASE WHEN o.days < 0 THEN now() + make_interval(days => o.days) END,
			now() - interval '60 days') RETURNING id INTO deal;
		INSERT INTO crm.opportunity_participants (opportunity_id, company_id, role, is_lead)
		VALUES (deal, (companies->>o.principal)::bigint, 'principal', true),
			(deal, (companies->>o.distributor)::bigint, 'distributor', true);
		INSERT INTO crm.opportunity_items (opportunity_id, product_id, quantity, discount_percent)
		VALUES (deal, (products->>o.sku)::bigint, o.quantity, CASE WHEN o.quantity >= 200 THEN 2.5 ELSE 0 END);
		INSERT INTO crm.activities (type, subject, contact_id, deal_id, occurred_at)
		VALUES ('call', 'First call', (contacts->>o.person)::bigint, deal, now() - interval '50 days'),
			((ARRAY['demo', 'sample', 'visit', 'event'])[1 + o.quantity % 4], 'At the customer', (contacts->>o.person)::bigint,
			deal, now() - make_interval(days => 40 + least(o.days, 0)));
	END LOOP;
END $$;
