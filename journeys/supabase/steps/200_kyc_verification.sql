-- Imports the verifications of members
--
-- The source contains no files and no reviewers. It does not state the document and the country, which become "other"
-- and "ZZ". A verification without files cannot be reviewed, so the member is asked for them. The decision
-- approvals_without_files determines the treatment of approvals, which are valid for a year from their submission. A
-- verification with an unknown status is rejected.
-- source: public.users public.kyc_verification
-- purged: status = 'approved' AND expires_on <= current_date + 1

-- read
SELECT k.id, k.user_id, s.status, 'other' AS document_type, 'ZZ' AS country, 'imported without its files' AS reason, k.submitted_at,
	CASE WHEN s.status IN ('approved', 'expired') THEN ((t.at + interval '1 year') AT TIME ZONE 'UTC')::date END AS expires_on,
	t.at AS created_at, t.at AS updated_at
  FROM public.kyc_verification k, LATERAL (SELECT coalesce(k.submitted_at, 'epoch') AS at) t,
	LATERAL (SELECT coalesce((SELECT x.here FROM (VALUES ('pending', 'needs_information'), ('submitted', 'needs_information'),
			('reviewing', 'needs_information'), ('in_review', 'needs_information'), ('under_review', 'needs_information'),
			('verified', 'approved'), ('declined', 'rejected'), ('cancelled', 'withdrawn')) x (there, here)
		WHERE x.there = lower(k.status)), lower(k.status)) AS status) r,
	LATERAL (SELECT CASE WHEN r.status = 'approved' AND current_setting('migration.approvals_without_files') = 'ask'
		THEN 'needs_information' ELSE r.status END AS status) s

-- reject
SELECT * FROM membership.rejected_rows()
UNION ALL
SELECT b.id::text, format('the status "%s" of a verification is not known here', b.status) FROM batch b
 WHERE b.status NOT IN ('draft', 'needs_information', 'approved', 'rejected', 'expired', 'revoked', 'withdrawn')

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
