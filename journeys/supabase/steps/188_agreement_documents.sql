-- Imports the texts of agreements, as versions of documents
--
-- A version is a text that members have accepted, in the order of the first acceptances. Nobody is asked to accept it
-- again.
-- source: public.users public.user_agreements

-- read
WITH documents AS (
	SELECT md5(a.document || E'\n' || a.text)::uuid AS id, n.name, a.document, a.text, min(a.accepted_at) AS at,
		row_number() OVER (PARTITION BY n.name ORDER BY min(a.accepted_at), md5(a.document || E'\n' || a.text)) AS version
	  FROM public.user_agreements a, LATERAL (SELECT coalesce(nullif(btrim(left(regexp_replace(lower(a.document), '[^a-z0-9]+', '-', 'g'), 64), '-'), ''),
			'agreement') AS name) n
	 WHERE a.document ~ '\S' AND a.text ~ '\S'
	 GROUP BY n.name, a.document, a.text)
SELECT d.id, d.name, d.version::smallint AS version, left(btrim(d.document), 200) AS title, d.text, encode(sha256(convert_to(d.text, 'UTF8')), 'hex') AS hash,
	false AS required, coalesce(d.at, 'epoch') AS created_at, coalesce(d.at, 'epoch') AS updated_at
  FROM documents d

-- forward
SELECT membership.import_rows('agreement_documents')

-- known
SELECT membership.known_rows('agreement_documents')

-- compare
SELECT w.source_key AS id, (w.t).name, (w.t).version, (w.t).title, (w.t).text, (w.t).hash, (w.t).required, (w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.agreement_documents) w

-- reverse
SELECT membership.remove_rows('agreement_documents')

-- return
SELECT * FROM membership.rows_since('agreement_documents')
