\set o random(1, 100)
\startpipeline
BEGIN;
SELECT session, account, refreshed, remember FROM identity.get_session(sha256(md5('user1@org' || :o::text || '.test1')::bytea), true);
COMMIT;
\endpipeline
