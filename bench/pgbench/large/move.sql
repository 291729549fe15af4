\set deal random(1, 500)
\set place random(0, 99)
\set stage random(1, 5)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org21.test1')::bytea), NULL, 'bench', '127.0.0.1', false, 'organization', NULL, NULL);
SELECT crm.deals_json(crm.place_deal(:deal::bigint, (ARRAY['opportunity', 'proposal-sent', 'in-negociation', 'won', 'lost'])[:stage::integer], :place::bigint, NULL, NULL));
COMMIT;
\endpipeline
