-- The files are at a URL, or in a folder of this machine
-- kind: blocker

SELECT current_setting('migration.files'), 'write an address that begins with https:// or http://, or a folder that begins with a slash, as "files" into the plan'
 WHERE current_setting('migration.files') <> '' AND current_setting('migration.files') !~ '^(https?://[^/]|/)'
