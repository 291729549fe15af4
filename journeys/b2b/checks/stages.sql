-- The meaning of each stage (open, waiting, won or lost) and its probability
--
-- The proposed probability of an open stage follows from its position. The proposal for a waiting stage does not.
-- Correct wrong values.
-- kind: value
-- on: target

SELECT x.* FROM (SELECT ops.enter_chosen_organization() AS org OFFSET 0) s,
	LATERAL (SELECT crm.stages_text(s.org), 'the meaning and the probability of each stage' OFFSET 0) x
 WHERE s.org IS NOT NULL
