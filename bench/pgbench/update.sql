\set o random(1, 100)
\set id random(1, 2000)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org' || :o::text || '.test1')::bytea), NULL, 'bench', '127.0.0.1', false, 'organization', NULL, NULL);
UPDATE crm.contacts t SET first_name = n.first_name, last_name = n.last_name, gender = n.gender, title = n.title, background = n.background, avatar = n.avatar, first_seen = n.first_seen, last_seen = n.last_seen, has_newsletter = n.has_newsletter, status = n.status, tags = coalesce(n.tags, '{}'), linkedin_url = n.linkedin_url, email_jsonb = n.email_jsonb, phone_jsonb = n.phone_jsonb FROM pg_catalog.json_populate_record(NULL::crm.contacts, '{"first_name": "Ada","last_name": "Byron","gender": "female","title": "CTO","background": "Met at a trade fair; interested in the annual plan, wants a call back. Ref 1","avatar": {"src": "https://avatars.test/1.png"},"first_seen": "2025-01-01","last_seen": "2025-06-01","has_newsletter": true,"status": "hot","tags": [1,2],"linkedin_url": "https://www.linkedin.com/in/ada","email_jsonb": [{"email": "ada@example.test","type": "Work"}],"phone_jsonb": [{"number": "+1-555-0100","type": "Work"}]}'::json) n WHERE t.id = :id::bigint;
SELECT row_to_json(t)::text FROM (SELECT t.id, t.first_name, t.last_name, t.gender, t.title, t.background, t.avatar, t.first_seen, t.last_seen, t.has_newsletter, t.status, t.tags, t.company_id, t.sales_id, t.linkedin_url, t.email_jsonb, t.phone_jsonb, t.email_fts, t.phone_fts, t.company_name, t.nb_tasks FROM crm.contacts_summary t WHERE t.id = :id::bigint) t;
COMMIT;
\endpipeline
