-- Every list of columns names each column of its table, or omits it by name for a reason. A new column fails here until
-- it is in every list to which it belongs.
SET ROLE tenantry_app;
SELECT test.sign_up('ada') IS NULL AS x \gset
RESET ROLE;

CREATE TEMP TABLE listed (list text, tenant_table regclass, columns text[]);
-- The columns that a list omits from one table or, if tenant_table is null, from all tables.
CREATE TEMP TABLE left_out (list text, tenant_table regclass, columns text[], reason text);

CREATE FUNCTION test.columns_of(t regclass) RETURNS text[] LANGUAGE sql STABLE AS $$
	SELECT array_agg(a.attname::text) FROM pg_attribute a WHERE a.attrelid = t AND a.attnum > 0 AND NOT a.attisdropped
$$;
-- Returns the columns that a function accepts. The function has the resource and the column as arguments.
CREATE FUNCTION test.accepted(resource text, call text) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
	found text[];
BEGIN
	EXECUTE format('SELECT coalesce(array_agg(c), %L) FROM unnest(test.columns_of(%L)) c WHERE %s', '{}', 'crm.' || resource, call)
		INTO found USING resource;
	RETURN found;
END $$;

INSERT INTO listed VALUES ('merge', 'crm.contacts', crm.merged_columns());
INSERT INTO left_out VALUES ('merge', NULL, '{org_id,id}', 'tell the rows apart'), ('merge', NULL, '{email_fts,phone_fts}', 'are generated'),
	('merge', NULL, '{created_at,updated_at}', 'are times of the row that is kept');

-- The columns that the undo of a bulk update restores.
INSERT INTO listed SELECT 'undo', format('%s.%I', n.nspname, r.name)::regclass, crm.bulk_columns(format('%s.%I', n.nspname, r.name)::regclass)
  FROM identity.resource r JOIN pg_class c ON c.relname = r.name AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace
	AND n.nspname IN ('crm', 'membership', 'factory_app');
INSERT INTO left_out VALUES ('undo', NULL, '{org_id,id}', 'tell the rows apart'), ('undo', NULL, '{updated_at}', 'an undo is a change'),
	('undo', NULL, '{generated}', 'are generated');

-- The columns in archives, which include new tables automatically.
INSERT INTO listed SELECT 'archive', t.tenant_table, ARRAY(SELECT c.name FROM ops.archive_columns(t.tenant_table) c) FROM ops.archive_tables() t;
INSERT INTO left_out VALUES ('archive', NULL, '{org_id}', 'is that of the import'), ('archive', NULL, '{generated}', 'are generated');

-- Automation: the fields that a condition compares, an action sets, and a text quotes.
INSERT INTO listed SELECT 'condition', 'crm.' || r, test.accepted(r, 'crm.automation_field($1, c) IS NOT NULL') FROM unnest('{contacts,deals,appointments}'::text[]) r;
INSERT INTO listed SELECT 'action', 'crm.' || r, test.accepted(r, 'crm.automation_allows($1, c, ''set'')') FROM unnest('{contacts,deals}'::text[]) r;
INSERT INTO listed SELECT 'text', 'crm.' || r, test.accepted(r, 'crm.automation_allows($1, c, ''quote'')') FROM unnest('{contacts,deals,appointments}'::text[]) r;
INSERT INTO left_out
SELECT l, t.tenant_table, t.columns, t.reason FROM unnest('{condition,action,text}'::text[]) l, (VALUES
	(NULL::regclass, '{org_id,id}'::text[], 'tell the rows apart'), (NULL, '{metadata}', 'has no fixed keys'), (NULL, '{custom}', 'has the fields of the organization, each of which is in the list'), (NULL, '{updated_at}', 'every change sets it'),
	('crm.contacts', '{email_jsonb,phone_jsonb,avatar}', 'are objects; email_fts and phone_fts are their text'),
	('crm.deals', '{closed_at,is_committed,probability,outcome_reason}', 'follow the stage, or belong to the b2b module'),
	('crm.deals', '{items_net,items_tax,items_total,currency}', 'are sums of the items, and their currency'),
	('crm.deals', '{index}', 'is the place of a card'), ('crm.contacts', '{created_at}', 'is the time of the event contact.created')) t (tenant_table, columns, reason);
INSERT INTO left_out VALUES
	('condition', 'crm.appointments', '{starts_local,ends_local,time_zone}', 'starts_at and ends_at are the same time'),
	('condition', 'crm.appointments', '{attendees,reminders}', 'are lists of objects'),
	('action', NULL, '{sales_id}', 'the action assign_owner sets it'), ('action', 'crm.deals', '{stage}', 'the action move_to_stage sets it'),
	('action', 'crm.contacts', '{tags}', 'the actions add_tag and remove_tag set it'), ('action', 'crm.contacts', '{email_fts,phone_fts}', 'are generated'),
	('action', 'crm.contacts', '{first_seen,last_seen}', 'follow what happens'), ('action', 'crm.deals', '{created_at,archived_at}', 'follow what happens'),
	('action', NULL, '{company_id}', 'a rule is for many rows'), ('action', 'crm.deals', '{contact_ids}', 'a rule is for many rows'),
	('text', NULL, '{sales_id}', 'are ids'), ('text', 'crm.contacts', '{company_id,tags}', 'are ids'), ('text', 'crm.deals', '{company_id,contact_ids}', 'are ids'),
	('text', 'crm.appointments', '{contact_id}', 'are ids'),
	('text', 'crm.contacts', '{gender,has_newsletter,linkedin_url,background,email_fts,phone_fts}', 'are private: a text may go to somebody else'),
	('text', 'crm.contacts', '{first_seen,last_seen}', 'are times without a zone'), ('text', 'crm.deals', '{created_at,archived_at}', 'are times without a zone'),
	('text', 'crm.deals', '{description}', 'is private: a text may go to somebody else'),
	('text', 'crm.appointments', '{starts_at,ends_at,created_at}', 'starts_local and ends_local are the times in its zone'),
	('text', 'crm.appointments', '{notes,attendees,reminders,all_day}', 'are private: a text may go to somebody else');

-- Imports: a name finds the row with an ID, and cells contain the lists of addresses.
INSERT INTO listed SELECT 'import', 'crm.' || r, ARRAY(SELECT CASE f.kind WHEN 'email' THEN 'email_jsonb' WHEN 'phone' THEN 'phone_jsonb'
		WHEN 'company' THEN 'company_id' WHEN 'contact' THEN 'contact_id' WHEN 'deal' THEN 'deal_id' WHEN 'owner' THEN 'sales_id'
		WHEN 'contacts' THEN 'contact_ids' ELSE f.field END FROM crm.import_fields('json-' || r) f WHERE f.kind <> 'external')
	FROM unnest('{contacts,companies,contact_notes,deal_notes,deals,tags,tasks}'::text[]) r;
INSERT INTO left_out VALUES ('import', NULL, '{org_id}', 'is that of the request'), ('import', NULL, '{updated_at}', 'an import is a change'),
	('import', NULL, '{generated}', 'are generated'), ('import', 'crm.contacts', '{avatar}', 'is a file'), ('import', 'crm.companies', '{logo}', 'is a file'),
	('import', NULL, '{custom}', 'has the fields of the organization, each of which is in the list'),
	('import', 'crm.deal_notes', '{attachments}', 'are files, and the file of Atomic CRM has no notes of deals'),
	('import', 'crm.deals', '{index}', 'is the place of a card'),
	('import', 'crm.deals', '{closed_at,is_committed,probability,outcome_reason}', 'follow the stage, or belong to the b2b module'),
	('import', 'crm.deals', '{items_net,items_tax,items_total,currency}', 'are sums of the items, and their currency'),
	('import', 'crm.tasks', '{rrule,time_zone,continued,remind_at}', 'are made of each other, and no file has them');
INSERT INTO left_out SELECT 'import', t, '{created_at}', 'is the time of the import'
	FROM unnest('{crm.contacts,crm.contact_notes,crm.deal_notes,crm.tags,crm.tasks}'::regclass[]) t;

-- The columns that clients, exports and the history show.
INSERT INTO listed SELECT 'view', t.oid, test.columns_of(v.oid) FROM pg_class v JOIN pg_class t ON t.relnamespace = v.relnamespace
	AND v.relname = t.relname || '_summary' WHERE v.relkind = 'v' AND t.relkind = 'r';
INSERT INTO listed VALUES ('view', 'crm.contacts', test.columns_of('crm.contacts_export'));
INSERT INTO left_out VALUES ('view', NULL, '{org_id}', 'is that of the request'), ('view', 'crm.trash', '{row,links,object}', 'a restore shows them'),
	('view', 'membership.user_profiles', '{had_account}', 'is about user_id');

-- The columns that a search for duplicates compares.
INSERT INTO listed SELECT 'duplicates', 'crm.' || r, test.accepted(r, 'crm.profile_of($1, ''{}'') IS DISTINCT FROM crm.profile_of($1, jsonb_build_object(c, CASE c '
		'WHEN ''email_jsonb'' THEN ''[{"email": "a@b.test"}]'' WHEN ''phone_jsonb'' THEN ''[{"number": "12345678"}]'' ELSE ''"12345678"'' END::jsonb))')
	FROM unnest('{contacts,companies}'::text[]) r;
INSERT INTO left_out VALUES ('duplicates', NULL, '{org_id,id,sales_id,created_at}', 'are ours'), ('duplicates', NULL, '{updated_at}', 'are ours'), ('duplicates', NULL, '{custom}', 'are true of many'),
	('duplicates', 'crm.contacts', '{gender,title,background,avatar,first_seen,last_seen,has_newsletter,status,tags,company_id,metadata}', 'are true of many'),
	('duplicates', 'crm.contacts', '{email_fts,phone_fts}', 'are generated'), ('duplicates', 'crm.contacts', '{linkedin_url}', 'says less than name, address and number'),
	('duplicates', 'crm.companies', '{sector,size,address,zipcode,city,state_abbr,country,context_links,description,revenue,logo,metadata}', 'are true of many'),
	('duplicates', 'crm.companies', '{linkedin_url,tax_identifier}', 'say less than name, number and site');

-- {generated} stands for the generated columns of the table.
CREATE TEMP VIEW absent AS
SELECT o.list, o.tenant_table, a.attname::text AS name FROM left_out o JOIN pg_attribute a ON a.attname = ANY (o.columns)
	OR o.columns = '{generated}' AND a.attgenerated <> ''
  JOIN listed l ON l.list = o.list AND a.attrelid = l.tenant_table AND (o.tenant_table = l.tenant_table OR o.tenant_table IS NULL)
 WHERE a.attnum > 0 AND NOT a.attisdropped;

SELECT test.ok(missing = '{}', format('the list %s of %s names or leaves out each column, but: %s', list, tenant_table, missing))
  FROM (SELECT l.list, l.tenant_table, ARRAY(SELECT unnest(test.columns_of(l.tenant_table)) EXCEPT SELECT unnest(l.columns) EXCEPT
		SELECT a.name FROM absent a JOIN pg_attribute x ON x.attrelid = l.tenant_table AND x.attname = a.name WHERE a.list = l.list
			AND (a.tenant_table = l.tenant_table OR a.tenant_table IS NULL)) AS missing FROM listed l) x;
SELECT test.ok(NOT EXISTS (SELECT FROM listed l WHERE l.list = o.list AND (l.tenant_table = o.tenant_table) AND l.columns && o.columns),
	format('the list %s of %s does not both name and leave out: %s', o.list, o.tenant_table, o.columns)) FROM left_out o WHERE o.tenant_table IS NOT NULL;
SELECT test.ok(o.columns <@ test.columns_of(o.tenant_table), format('%s has %s', o.tenant_table, o.columns)) FROM left_out o WHERE o.tenant_table IS NOT NULL;

-- Each currency that callers write is an ISO 4217 code.
SELECT test.ok(ops.runs_trigger(c.oid, 'crm.refuse_currency'), format('%s checks its currency', c.oid::regclass))
  FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid AND p.polname = 'tenant'
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'currency' AND NOT a.attisdropped WHERE c.relkind = 'r';

-- Values in a merge: each column that is empty in the winner comes from the loser.
SET ROLE tenantry_app;
BEGIN; SELECT test.as('ada') \gset
INSERT INTO crm.companies (name) VALUES ('Acme') RETURNING id AS company \gset
INSERT INTO crm.tags (id, name, color) VALUES (1, 't', '#fff');
INSERT INTO crm.field_definitions (resource, key, kind, label) VALUES ('contacts', 'seats', 'integer', 'Seats');
INSERT INTO crm.contacts (first_name, last_name, gender, title, background, avatar, first_seen, last_seen, has_newsletter, status, tags, company_id,
		linkedin_url, email_jsonb, phone_jsonb, metadata, custom)
	VALUES ('a', 'b', 'male', 't', 'b', '{"src": "x"}', '2020-01-01', '2021-01-01', true, 'hot', '{1}', :company, 'l', '[{"email": "a@b.test"}]', '[{"number": "1"}]',
		'{"tier": "gold", "empty": 1}', '{"seats": 2}') RETURNING id AS loser, sales_id AS owner \gset
INSERT INTO crm.contacts (last_name, metadata) VALUES ('w', '{"empty": null, "kept": 2}') RETURNING id AS winner \gset
RESET ROLE;
-- A new column needs a value here.
SELECT test.ok(to_jsonb(c)->>m IS NOT NULL, 'the contact of this test has a value of ' || m) FROM crm.contacts c, unnest(crm.merged_columns()) m WHERE c.id = :loser;
ALTER TABLE crm.contacts DISABLE TRIGGER USER;
UPDATE crm.contacts SET last_name = NULL, sales_id = NULL, avatar = NULL, status = NULL, first_seen = NULL, last_seen = NULL WHERE id = :winner;
ALTER TABLE crm.contacts ENABLE TRIGGER USER;
SET ROLE tenantry_app;
SELECT test.as('ada') \gset
SELECT to_jsonb(c) AS lost FROM crm.contacts c WHERE c.id = :loser \gset
SELECT to_jsonb(c) AS old FROM crm.contacts c WHERE c.id = :winner \gset
SELECT crm.merge_contacts(ARRAY[:loser]::bigint[], :winner)::json->>'mergeId' AS merge \gset
SELECT test.is(to_jsonb(c)->m, CASE m WHEN 'status' THEN 'null'	-- the winner keeps its own status
		WHEN 'metadata' THEN '{"kept": 2, "tier": "gold", "empty": 1}' ELSE (:'lost'::jsonb->m)::text END, 'a merge keeps ' || m)
  FROM crm.contacts c, unnest(crm.merged_columns()) m WHERE c.id = :winner;
SELECT crm.undo_merge(:merge, false) IS NULL AS x \gset
SELECT test.is(to_jsonb(c) - 'updated_at', (:'old'::jsonb - 'updated_at')::text, 'and an undo restores each column of the winner') FROM crm.contacts c WHERE c.id = :winner;
SELECT test.is(to_jsonb(c) - 'updated_at', (:'lost'::jsonb - 'updated_at')::text, 'and of the loser') FROM crm.contacts c WHERE c.id = :loser;
-- The value of each column can be chosen.
SELECT crm.preview_merge(ARRAY[:loser]::bigint[], :winner, jsonb_object_agg(m, :loser)) AS preview FROM unnest(crm.merged_columns()) m \gset
SELECT test.is(:'preview'::jsonb->'winner'->m, (:'lost'::jsonb->m)::text, 'the choice of ' || m) FROM unnest(crm.merged_columns()) m;
ROLLBACK;
