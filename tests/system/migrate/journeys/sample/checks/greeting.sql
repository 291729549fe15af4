-- The greeting that notes begin with.
-- kind: value
SELECT 'Hello'
