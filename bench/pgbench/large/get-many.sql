\set first random(1, 190000)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org21.test1')::bytea), NULL, 'bench', '127.0.0.1', true, 'organization', NULL, NULL);
SELECT t.id, t.first_name, t.last_name, t.gender, t.title, t.background, t.avatar, t.first_seen, t.last_seen, t.has_newsletter, t.status, t.tags, t.company_id, t.sales_id, t.linkedin_url, t.email_jsonb, t.phone_jsonb, t.email_fts, t.phone_fts, t.company_name, t.nb_tasks FROM crm.contacts_summary t WHERE (t.id = ANY (ARRAY(SELECT generate_series(:first, :first + 6993, 7)))) ORDER BY t.id LIMIT 10000 OFFSET 0;
SELECT count(*) FROM crm.contacts_summary t WHERE (t.id = ANY (ARRAY(SELECT generate_series(:first, :first + 6993, 7))));
COMMIT;
\endpipeline
