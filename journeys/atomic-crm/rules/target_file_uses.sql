-- Files of no row, and rows without their file
-- on: target

SELECT f.name, format('no row refers to %s', f.title)
  FROM ops.file f
 WHERE f.org_id = ops.migrated_organization() AND NOT f.removing AND f.remove_at IS NULL
   AND NOT EXISTS (SELECT FROM ops.file_use u WHERE u.name = f.name)
