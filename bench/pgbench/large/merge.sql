\set winner 2 * random(1, 100000)
\startpipeline
BEGIN;
SELECT identity.begin_request(sha256(md5('user1@org21.test1')::bytea), NULL, 'bench', '127.0.0.1', false, 'organization', NULL, NULL);
INSERT INTO crm.contacts AS t (last_name) VALUES ('Twin') RETURNING set_config('app.row_id', t.id::text, true);
SELECT crm.merge_contacts(ARRAY[current_setting('app.row_id')::bigint], :winner::bigint);
COMMIT;
\endpipeline
