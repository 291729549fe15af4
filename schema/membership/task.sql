-- The periodic task of the module: what it does in each organization that has it.
-- needs: membership/module.sql

-- Runs a function of an organization and a number of rows, which returns how many it has handled, in all organizations
-- with the module, up to batch rows. An error in one organization does not stop the others.
CREATE OR REPLACE FUNCTION membership.in_organizations(task text, batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid;
	done integer;
	n integer := 0;
BEGIN
	FOR org IN SELECT o.id FROM identity.organization o WHERE o.modules @> '{membership}' AND o.deleted_at IS NULL LOOP
		PERFORM set_config('app.org_id', org::text, true);
		BEGIN
			EXECUTE format('SELECT membership.%I($1, $2)', task) INTO done USING org, batch - n;
			n := n + done;
		EXCEPTION WHEN OTHERS THEN
			RAISE WARNING '% of the organization %: %', task, org, SQLERRM;
		END;
		EXIT WHEN n >= batch;
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
	RETURN n;
END $$;

-- Returns the number of rows of the function that had most, so that the task runs again when one has more to do.
CREATE OR REPLACE FUNCTION membership.run_tasks(batch integer) RETURNS integer
LANGUAGE plpgsql AS $$
BEGIN
	RETURN greatest(membership.bill_members(batch), membership.in_organizations('expire_verifications', batch),
		membership.in_organizations('expire_disputes', batch), membership.in_organizations('purge_signups', batch));
END $$;

UPDATE identity.module SET task = 'membership.run_tasks' WHERE name = 'membership';
