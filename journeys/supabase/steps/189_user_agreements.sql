-- Imports the acceptances of agreements, with their times
--
-- If a user accepted a text several times, only the first acceptance is imported.
-- source: public.users public.user_agreements

-- read
WITH documents AS (
	SELECT md5(a.document || E'\n' || a.text)::uuid AS id, n.name, a.document, a.text, min(a.accepted_at) AS at,
		row_number() OVER (PARTITION BY n.name ORDER BY min(a.accepted_at), md5(a.document || E'\n' || a.text)) AS version
	  FROM public.user_agreements a, LATERAL (SELECT coalesce(nullif(btrim(left(regexp_replace(lower(a.document), '[^a-z0-9]+', '-', 'g'), 64), '-'), ''),
			'agreement') AS name) n
	 WHERE a.document ~ '\S' AND a.text ~ '\S'
	 GROUP BY n.name, a.document, a.text)
SELECT a.id, a.user_id, ('x' || substr(md5(d.id::text), 1, 13))::bit(52)::bigint AS document_id, d.name, d.version::smallint AS version,
	encode(sha256(convert_to(d.text, 'UTF8')), 'hex') AS hash, a.accepted_at, a.accepted_at AS created_at, a.accepted_at AS updated_at
  FROM public.user_agreements a LEFT JOIN documents d ON d.document = a.document AND d.text = a.text
 WHERE NOT EXISTS (SELECT FROM public.user_agreements o WHERE o.user_id = a.user_id AND o.document = a.document AND o.text = a.text
	AND (o.accepted_at, o.id) < (a.accepted_at, a.id))

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL SELECT * FROM membership.rejected_references('document_id', 'agreement_documents', 'text')
UNION ALL
SELECT b.id::text, CASE WHEN b.document_id IS NULL THEN 'the text that was accepted is missing' ELSE 'it has no time' END FROM batch b
 WHERE b.document_id IS NULL OR b.accepted_at IS NULL OR NOT isfinite(b.accepted_at)

-- forward
SELECT membership.import_rows('user_agreements')

-- known
SELECT membership.known_rows('user_agreements')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).document_id, (w.t).name, (w.t).version, (w.t).hash, (w.t).accepted_at,
	(w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.user_agreements) w

-- reverse
SELECT membership.remove_rows('user_agreements')

-- return
SELECT * FROM membership.rows_since('user_agreements')
