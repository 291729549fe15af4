-- The periodic task of the module, in each organization that has the module.
-- needs: membership/module.sql ops/organization_task.sql

-- Runs a function in organizations with the module whose turn is due, up to "batch" rows. The arguments of the function
-- are the organization and a maximum number of rows, and it returns the number of processed rows.
CREATE OR REPLACE FUNCTION membership.in_organizations(task text, batch integer) RETURNS integer
LANGUAGE sql AS $$
	SELECT ops.in_organizations('membership_' || task, format('SELECT membership.%I($1, $2)', task), batch)
$$;

-- Runs all functions of the task. Returns the largest number of rows that one of them processed, so that the task runs
-- again if there is more work.
CREATE OR REPLACE FUNCTION membership.run_tasks(batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
	RETURN greatest(membership.bill_members(batch), membership.in_organizations('expire_verifications', batch),
		membership.in_organizations('expire_disputes', batch), membership.in_organizations('purge_signups', batch));
END $$;

SELECT ops.give_turns('membership_' || t, '1 hour', 'membership')
  FROM unnest('{bill,expire_verifications,expire_disputes,purge_signups}'::text[]) t;
UPDATE identity.module SET task = 'membership.run_tasks' WHERE name = 'membership';
