\set n random(1000, 9999)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org21.test1')::bytea), NULL, 'bench', '127.0.0.1', true, 'organization', NULL, NULL);
SELECT set_config('app.found', crm.search_contacts('555-' || :n::text)::text, true);
SELECT t.id, t.first_name, t.last_name, t.gender, t.title, t.background, t.avatar, t.first_seen, t.last_seen, t.has_newsletter, t.status, t.tags, t.company_id, t.sales_id, t.linkedin_url, t.email_jsonb, t.phone_jsonb, t.email_fts, t.phone_fts, t.company_name, t.nb_tasks FROM crm.contacts_summary t WHERE (t.id = ANY (ARRAY(SELECT pg_catalog.unnest(current_setting('app.found')::bigint[])))) ORDER BY t.last_name, t.id LIMIT 25 OFFSET 0;
SELECT count(*) FROM crm.contacts_summary t WHERE (t.id = ANY (ARRAY(SELECT pg_catalog.unnest(current_setting('app.found')::bigint[]))));
COMMIT;
\endpipeline
