-- Imports the verifications of members
--
-- The source has neither files nor reviewers, nor says of what document and country they are: those are "other" and "ZZ".
-- An approval lasts for a year from its submission. A status that is not known here is rejected.
-- source: public.users public.kyc_verification

-- read
SELECT k.id, k.user_id, s.status, 'other' AS document_type, 'ZZ' AS country, 'imported without its files' AS reason, k.submitted_at,
	CASE WHEN s.status IN ('approved', 'expired') THEN ((t.at + interval '1 year') AT TIME ZONE 'UTC')::date END AS expires_on,
	t.at AS created_at, t.at AS updated_at
  FROM public.kyc_verification k, LATERAL (SELECT coalesce(k.submitted_at, 'epoch') AS at) t,
	LATERAL (SELECT coalesce((SELECT x.here FROM (VALUES ('pending', 'submitted'), ('reviewing', 'in_review'), ('under_review', 'in_review'),
			('verified', 'approved'), ('declined', 'rejected'), ('cancelled', 'withdrawn')) x (there, here)
		WHERE x.there = lower(k.status)), lower(k.status)) AS status) s

-- reject
SELECT * FROM membership.rejected_rows()

-- forward
SELECT membership.import_rows('kyc_verification')

-- known
SELECT membership.known_rows('kyc_verification')

-- compare
SELECT w.source_key AS id, membership.imported_user((w.t).member_id) AS user_id, (w.t).status, (w.t).document_type, (w.t).country, (w.t).reason,
	(w.t).submitted_at, (w.t).expires_on, (w.t).created_at, (w.t).updated_at
  FROM membership.written_rows(NULL::membership.kyc_verification) w

-- reverse
SELECT membership.remove_rows('kyc_verification')

-- return
SELECT * FROM membership.rows_since('kyc_verification')
