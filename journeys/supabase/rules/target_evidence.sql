-- Verifications without the files that their status requires
--
-- Verifications that are under review or approved have files, unless the decision approvals_without_files keeps the
-- approval of the source.
-- on: target

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT format('verification %s', v.id), format('the verification %s is %s and has no files', v.id, v.status)
		  FROM membership.kyc_verification v
		 WHERE v.org_id = s.org AND NOT EXISTS (SELECT FROM membership.kyc_evidence e
			WHERE e.org_id = s.org AND e.verification_id = v.id)
		   AND (v.status IN ('submitted', 'in_review')
			OR v.status = 'approved' AND current_setting('migration.approvals_without_files') <> 'keep') OFFSET 0) x
