\set o random(1, 100)
\set id random(1, 2000)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org' || :o::text || '.test1')::bytea), NULL, 'bench', '127.0.0.1', false, 'organization', NULL, NULL);
INSERT INTO crm.contacts AS t (first_name, last_name, gender, title, background, avatar, first_seen, last_seen, has_newsletter, status, tags, linkedin_url, email_jsonb, phone_jsonb) SELECT n.first_name, n.last_name, n.gender, n.title, n.background, n.avatar, n.first_seen, n.last_seen, n.has_newsletter, n.status, coalesce(n.tags, '{}'), n.linkedin_url, n.email_jsonb, n.phone_jsonb FROM pg_catalog.json_populate_record(NULL::crm.contacts, '{"first_name": "Ada","last_name": "Byron","gender": "female","title": "CTO","background": "Met at a trade fair; interested in the annual plan, wants a call back. Ref 1","avatar": {"src": "https://avatars.test/1.png"},"first_seen": "2025-01-01","last_seen": "2025-06-01","has_newsletter": true,"status": "hot","tags": [1,2],"linkedin_url": "https://www.linkedin.com/in/ada","email_jsonb": [{"email": "ada@example.test","type": "Work"}],"phone_jsonb": [{"number": "+1-555-0100","type": "Work"}]}'::json) n RETURNING set_config('app.row_id', t.id::text, true);
SELECT row_to_json(t)::text FROM (SELECT t.id, t.first_name, t.last_name, t.gender, t.title, t.background, t.avatar, t.first_seen, t.last_seen, t.has_newsletter, t.status, t.tags, t.company_id, t.sales_id, t.linkedin_url, t.email_jsonb, t.phone_jsonb, t.email_fts, t.phone_fts, t.company_name, t.nb_tasks FROM crm.contacts_summary t WHERE t.id = (SELECT nullif(current_setting('app.row_id', true), '')::bigint)) t;
COMMIT;
\endpipeline
