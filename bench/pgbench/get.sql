\set o random(1, 100)
\set id random(1, 2000)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org' || :o::text || '.test1')::bytea), NULL, 'bench', '127.0.0.1', true, 'organization', NULL, NULL);
SELECT row_to_json(r)::text, '"' || md5(ROW(t.first_name, t.last_name, t.gender, t.title, t.background, t.avatar, t.first_seen, t.last_seen, t.has_newsletter, t.status, t.tags, t.company_id, t.sales_id, t.linkedin_url, t.email_jsonb, t.phone_jsonb)::text) || '"' FROM crm.contacts_summary t, LATERAL (SELECT t.id, t.first_name, t.last_name, t.gender, t.title, t.background, t.avatar, t.first_seen, t.last_seen, t.has_newsletter, t.status, t.tags, t.company_id, t.sales_id, t.linkedin_url, t.email_jsonb, t.phone_jsonb, t.email_fts, t.phone_fts, t.company_name, t.nb_tasks) r WHERE t.id = :id::bigint;
COMMIT;
\endpipeline
