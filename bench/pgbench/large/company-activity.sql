\set company random(1, 20000)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org21.test1')::bytea), NULL, 'bench', '127.0.0.1', true, 'organization', NULL, NULL);
SELECT t.id, t.type, t.date, t.company_id, t.sales_id, t.company, t.contact, t.deal, t.contact_note, t.deal_note FROM crm.company_activity t WHERE (t.company_id = :company::bigint) ORDER BY t.date DESC NULLS LAST, t.id DESC LIMIT 20 OFFSET 0;
SELECT count(*) FROM crm.company_activity t WHERE (t.company_id = :company::bigint);
COMMIT;
\endpipeline
