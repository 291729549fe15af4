-- Approved verifications without files in the source
--
-- With "ask", the members are asked for the files, and their payouts wait for a new approval. With "keep", the approval
-- in the source is valid for a year from its submission.
-- kind: decision
-- needs: public.users public.kyc_verification
-- choices: ask keep

SELECT k.id, format('approved, submitted on %s', coalesce(k.submitted_at::date::text, 'an unknown day'))
  FROM public.kyc_verification k WHERE lower(k.status) IN ('approved', 'verified')
 ORDER BY k.id
