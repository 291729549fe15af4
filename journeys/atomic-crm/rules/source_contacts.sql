-- Contacts with invalid addresses, numbers or dates, and addresses that several contacts share
-- on: source
-- needs: public.contacts
-- verdict: warning

SELECT 'contact ' || c.id, format('"%s" is not an email address', left(e.email, 100))
  FROM public.contacts c, LATERAL (SELECT x #>> '{}' AS email
	FROM jsonb_path_query(to_jsonb(c), '$.email_jsonb[*].email ? (@.type() == "string")') x
	UNION ALL SELECT to_jsonb(c)->>'email') e
 WHERE e.email <> '' AND btrim(e.email) !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$'
UNION ALL
SELECT 'contact ' || c.id, format('"%s" is not a phone number', left(p.number, 50))
  FROM public.contacts c, LATERAL (SELECT x #>> '{}' AS number
	FROM jsonb_path_query(to_jsonb(c), '$.phone_jsonb[*].number ? (@.type() == "string")') x
	UNION ALL SELECT to_jsonb(c)->>'phone_1_number' UNION ALL SELECT to_jsonb(c)->>'phone_2_number') p
 WHERE p.number <> '' AND length(regexp_replace(p.number, '[^0-9]', '', 'g')) NOT BETWEEN 3 AND 20
UNION ALL
SELECT 'contact ' || c.id, format('was seen first at %s and last at %s', c.first_seen, c.last_seen)
  FROM public.contacts c
 WHERE c.first_seen NOT BETWEEN '1990-01-01' AND '2100-01-01' OR c.last_seen NOT BETWEEN '1990-01-01' AND '2100-01-01'
    OR c.last_seen < c.first_seen
UNION ALL
SELECT e.email, format('is an address of the contacts %s', string_agg(DISTINCT e.id::text, ', '))
  FROM (SELECT c.id, lower(btrim(x #>> '{}')) AS email
	  FROM public.contacts c, jsonb_path_query(to_jsonb(c), '$.email_jsonb[*].email ? (@.type() == "string")') x
	UNION ALL SELECT c.id, lower(btrim(to_jsonb(c)->>'email')) FROM public.contacts c) e
 WHERE e.email <> ''
 GROUP BY e.email HAVING count(DISTINCT e.id) > 1
