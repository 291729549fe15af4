-- Rows that are not as the API promises them
--
-- One contact and one address of each kind is the default; what is reviewed or approved has files, unless the decision
-- approvals_without_files keeps the approval of the source.
-- on: target

SELECT x.* FROM (SELECT ops.enter_migrated_organization() AS org OFFSET 0) s,
	LATERAL (SELECT format('%s of %s', d.kind, d.member_id), format('the member %s has %s default among %s of the kind %s', d.member_id,
			d.defaults, d.name, d.kind)
		  FROM (SELECT 'contacts' AS name, c.member_id, c.kind, count(*) FILTER (WHERE c.is_default) AS defaults
			  FROM membership.user_contacts c WHERE c.org_id = s.org GROUP BY c.member_id, c.kind
			UNION ALL
			SELECT 'addresses', a.member_id, a.kind, count(*) FILTER (WHERE a.is_default)
			  FROM membership.user_addresses a WHERE a.org_id = s.org GROUP BY a.member_id, a.kind) d
		 WHERE d.defaults <> 1
		UNION ALL
		SELECT format('verification %s', v.id), format('the verification %s is %s and has no files', v.id, v.status)
		  FROM membership.kyc_verification v
		 WHERE v.org_id = s.org AND NOT EXISTS (SELECT FROM membership.kyc_evidence e
			WHERE e.org_id = s.org AND e.verification_id = v.id)
		   AND (v.status IN ('submitted', 'in_review')
			OR v.status = 'approved' AND current_setting('migration.approvals_without_files') <> 'keep') OFFSET 0) x
