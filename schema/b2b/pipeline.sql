-- Pipelines and their stages.
--
-- The configuration lists the stages of all pipelines in their order. A row of crm.pipeline_stages defines the meaning
-- of a stage. The list and the rows are kept in sync, so a client that knows only the configuration can add, rename and
-- remove stages. Stages added in this way are in the default pipeline.
-- needs: b2b/contact_organization.sql b2b/module.sql crm/choice.sql crm/configuration.sql crm/deal.sql crm/module.sql ops/mcp.sql ops/module.sql

-- Returns whether a value or a label indicates that opportunities wait in a stage.
CREATE OR REPLACE FUNCTION crm.says_waiting(said text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT said ~* '\m(delayed|waiting|on[ _-]?hold|paused|postponed|deferred|stalled|parked|snoozed|nurtur(e|ing)|en[ _-]attente|en[ _-]pause|report[ée]e?s?|suspendue?s?)\M'
$$;

-- Returns the default meaning of a configuration's stages. The probability of an open stage follows from its position
-- among the open stages. A stage where deals wait has half the probability of the first open stage, in any position.
CREATE OR REPLACE FUNCTION crm.stage_meanings(config jsonb)
RETURNS TABLE (stage text, label text, place integer, outcome text, probability integer)
LANGUAGE sql STABLE AS $$
	SELECT s.stage, s.label, s.place, s.outcome, CASE s.outcome WHEN 'won' THEN 100 WHEN 'lost' THEN 0
		ELSE round(100.0 * CASE s.outcome WHEN 'waiting' THEN 0.5 ELSE count(*) FILTER (WHERE s.outcome = 'open') OVER (ORDER BY s.place) END
			/ (1 + count(*) FILTER (WHERE s.outcome IN ('open', 'waiting')) OVER ()))::integer END
	  FROM (SELECT e->>'value' AS stage, coalesce(e->>'label', e->>'value') AS label, n::integer AS place,
			CASE WHEN e->>'value' = ANY (crm.won_stages(config))
				OR NOT config ? 'dealPipelineStatuses' AND e->>'value' ~* '\mwon\M' THEN 'won'
			WHEN e->>'value' ~* '\mlost\M' THEN 'lost'
			WHEN crm.says_waiting(e->>'value') OR crm.says_waiting(e->>'label') THEN 'waiting' ELSE 'open' END AS outcome
		  FROM jsonb_array_elements(crm.configured_list(config, 'dealStages')) WITH ORDINALITY x (e, n)) s
$$;

-- Returns the meaning of an organization's stages, as an editable text: "opportunity = open 20; won = won 100". A
-- stage whose name contains a semicolon is omitted.
CREATE OR REPLACE FUNCTION crm.stages_text(org uuid) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT string_agg(format('%s = %s %s', m.stage, coalesce(s.outcome, m.outcome), coalesce(s.probability, m.probability)), '; ' ORDER BY m.place)
	  FROM crm.stage_meanings(coalesce((SELECT c.config FROM crm.configuration c WHERE c.org_id = org), '{}')) m
	  LEFT JOIN crm.pipeline_stages s ON s.org_id = org AND s.stage = m.stage
	 WHERE strpos(m.stage, ';') = 0
$$;

-- Splits a text in the format of crm.stages_text() into its parts. stage is null for a part that cannot be parsed.
CREATE OR REPLACE FUNCTION crm.read_stages(said text) RETURNS TABLE (part text, stage text, outcome text, probability integer)
LANGUAGE sql IMMUTABLE AS $$
	SELECT btrim(p), m[1], m[2], m[3]::integer
	  FROM regexp_split_to_table(said, ';') p LEFT JOIN LATERAL regexp_match(btrim(p), '^(.+?) *= *(open|waiting|won|lost) +([0-9]{1,3})$') m ON true
	 WHERE p ~ '\S'
$$;

-- Updates the rows of an organization from its configuration. was is the previous configuration, or null if it is
-- unknown. Comparing the two configurations detects renamed and removed stages.
CREATE OR REPLACE FUNCTION crm.follow_configuration(org uuid, was jsonb, config jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	new text[] := crm.list_values(crm.configured_list(config, 'dealStages'));
	old text[] := crm.list_values(crm.configured_list(was, 'dealStages'));
	renamed jsonb := CASE WHEN was IS NULL THEN '{}' ELSE crm.renamed_choices(old, new) END;
	base bigint;
	teams text;
BEGIN
	SELECT p.id INTO base FROM crm.pipelines p WHERE p.org_id = org AND p.is_default;
	IF NOT FOUND THEN
		INSERT INTO crm.pipelines (org_id, name, is_default) VALUES (org, 'Sales', true) RETURNING id INTO base;
	END IF;
	UPDATE crm.pipeline_stages s SET stage = renamed->>s.stage WHERE s.org_id = org AND renamed ? s.stage;
	-- A stage of a team's pipeline cannot be removed here: it would later be restored to the default pipeline,
	-- which all members see.
	SELECT s.stage INTO teams FROM crm.pipeline_stages s JOIN crm.pipelines p ON p.org_id = org AND p.id = s.pipeline_id
	 WHERE s.org_id = org AND p.team_id IS NOT NULL AND s.stage = ANY (old) AND s.stage <> ALL (new) LIMIT 1;
	IF FOUND AND was IS NOT NULL THEN
		PERFORM ops.refuse('stage_of_team', 'dealStages', teams);
	END IF;
	-- Stages that the configuration lacks are kept while they are being added: their triggers write them to the
	-- configuration.
	DELETE FROM crm.pipeline_stages s WHERE s.org_id = org AND s.stage <> ALL (new) AND (was IS NULL OR s.stage = ANY (old));
	INSERT INTO crm.pipeline_stages AS s (org_id, pipeline_id, stage, label, position, outcome, probability)
	SELECT org, base, m.stage, m.label, m.place, m.outcome, m.probability FROM crm.stage_meanings(config) m
	    ON CONFLICT ON CONSTRAINT pipeline_stages_stage_key DO UPDATE
		SET label = excluded.label, position = excluded.position,
			outcome = CASE WHEN (excluded.outcome = 'won') = (s.outcome = 'won') THEN s.outcome ELSE excluded.outcome END,
			probability = CASE WHEN (excluded.outcome = 'won') = (s.outcome = 'won') THEN s.probability
				ELSE excluded.probability END
		WHERE (s.label, s.position, s.outcome = 'won')
			IS DISTINCT FROM (excluded.label, excluded.position, excluded.outcome = 'won');
END $$;

CREATE OR REPLACE FUNCTION crm.configuration_staged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF crm.keeps_module(NEW.org_id, 'b2b') THEN
		PERFORM crm.follow_configuration(NEW.org_id, CASE TG_OP WHEN 'UPDATE' THEN OLD.config END, NEW.config);
	END IF;
	RETURN NULL;
END $$;

-- Archives contain the rows themselves.
CREATE OR REPLACE TRIGGER pipeline_stages AFTER INSERT OR UPDATE OF config ON crm.configuration
	FOR EACH ROW WHEN (NOT crm.reads_archive()) EXECUTE FUNCTION crm.configuration_staged();

-- Writes a stage to the configuration, or removes it if label is null. wins is whether the stage is among the winning
-- stages. Changes only the document, before the row of the stage is written.
CREATE OR REPLACE FUNCTION crm.configure_stage(org uuid, stage text, label text, wins boolean) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	was jsonb;
	stages jsonb;
	won text[];
	entry jsonb;
BEGIN
	SELECT c.config INTO was FROM crm.configuration c WHERE c.org_id = org FOR UPDATE;
	stages := crm.configured_list(was, 'dealStages');
	won := ARRAY(SELECT w FROM unnest(crm.won_stages(was)) WITH ORDINALITY x (w, n)
		WHERE w <> stage AND w = ANY (crm.list_values(stages)) ORDER BY n);
	SELECT e INTO entry FROM jsonb_array_elements(stages) e WHERE e->>'value' = stage;
	IF label IS NULL THEN
		stages := (SELECT coalesce(jsonb_agg(e ORDER BY n), '[]') FROM jsonb_array_elements(stages) WITH ORDINALITY x (e, n)
			WHERE e->>'value' <> stage);
	ELSIF entry IS NULL THEN
		stages := stages || jsonb_build_object('value', stage, 'label', label);
	ELSE
		stages := (SELECT jsonb_agg(CASE e->>'value' WHEN stage THEN e || jsonb_build_object('label', label) ELSE e END
			ORDER BY n) FROM jsonb_array_elements(stages) WITH ORDINALITY x (e, n));
	END IF;
	IF label IS NOT NULL AND wins THEN
		won := CASE WHEN stage = ANY (crm.won_stages(was)) THEN crm.won_stages(was) ELSE won || stage END;
	END IF;
	IF (stages, won) IS DISTINCT FROM (crm.configured_list(was, 'dealStages'), crm.won_stages(was)) THEN
		UPDATE crm.configuration c SET config = was || jsonb_build_object('dealStages', stages, 'dealPipelineStatuses', won)
		 WHERE c.org_id = org;
	END IF;
END $$;

-- Completes a stage. A new stage without a value gets a value that is derived from its label, such as
-- "in-negotiation" (or "in-negotiation-2" if that value exists).
CREATE OR REPLACE FUNCTION crm.complete_stage() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	value text := coalesce(nullif(btrim(lower(regexp_replace(NEW.label, '[^[:alnum:]]+', '-', 'g')), '-'), ''), 'stage');
BEGIN
	NEW.outcome := coalesce(NEW.outcome, 'open');
	IF TG_OP = 'INSERT' THEN
		NEW.label := coalesce(NEW.label, NEW.stage);
		NEW.stage := coalesce(NEW.stage, (SELECT v FROM generate_series(1, 101) n,
				LATERAL (SELECT left(value, 95) || CASE WHEN n > 1 THEN '-' || n ELSE '' END AS v) x
			WHERE NOT EXISTS (SELECT FROM crm.pipeline_stages s WHERE s.org_id = NEW.org_id AND s.stage = v)
			ORDER BY n LIMIT 1));
		NEW.position := coalesce(NEW.position, (SELECT coalesce(max(s.position), 0) + 1 FROM crm.pipeline_stages s
			WHERE s.org_id = NEW.org_id));
	END IF;
	NEW.probability := CASE NEW.outcome WHEN 'won' THEN 100 WHEN 'lost' THEN 0 WHEN 'waiting' THEN coalesce(NEW.probability, 10)
		ELSE coalesce(NEW.probability, 50) END;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON crm.pipeline_stages
	FOR EACH ROW EXECUTE FUNCTION crm.complete_stage();

CREATE OR REPLACE FUNCTION crm.stage_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		IF NOT ops.purging(OLD.org_id) THEN
			PERFORM crm.configure_stage(OLD.org_id, OLD.stage, NULL, false);
		END IF;
	ELSE
		PERFORM crm.configure_stage(NEW.org_id, NEW.stage, NEW.label, NEW.outcome = 'won');
	END IF;
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER configuration AFTER INSERT OR DELETE OR UPDATE OF label, outcome ON crm.pipeline_stages
	FOR EACH ROW WHEN (NOT crm.reads_archive()) EXECUTE FUNCTION crm.stage_written();

-- Checks a pipeline. Exactly one pipeline is the default. A pipeline with stages cannot be deleted, since opportunities
-- are in its stages.
CREATE OR REPLACE FUNCTION crm.check_pipeline() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		IF ops.purging(OLD.org_id) THEN
			RETURN OLD;
		ELSIF OLD.is_default THEN
			PERFORM ops.refuse('default_pipeline');
		ELSIF EXISTS (SELECT FROM crm.pipeline_stages s WHERE s.org_id = OLD.org_id AND s.pipeline_id = OLD.id) THEN
			PERFORM ops.refuse('pipeline_with_stages');
		END IF;
		RETURN OLD;
	END IF;
	IF TG_OP = 'UPDATE' AND OLD.is_default AND NOT NEW.is_default
	    AND NOT ops.mode('placing') THEN
		PERFORM ops.refuse('default_pipeline_not_unset', 'is_default');
	ELSIF NEW.is_default AND (TG_OP = 'INSERT' OR NOT OLD.is_default) THEN
		PERFORM ops.set_mode('placing', true);
		UPDATE crm.pipelines p SET is_default = false WHERE p.org_id = NEW.org_id AND p.is_default AND p.id <> NEW.id;
		PERFORM ops.set_mode('placing', false);
	END IF;
	IF NEW.team_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.team_id IS DISTINCT FROM OLD.team_id)
	    AND NOT crm.reads_archive() AND NOT EXISTS (SELECT FROM identity.team t
		WHERE t.organization_id = NEW.org_id AND t.id = NEW.team_id) THEN
		PERFORM ops.refuse('no_such_team', 'team_id');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_pipeline BEFORE INSERT OR UPDATE OR DELETE ON crm.pipelines
	FOR EACH ROW EXECUTE FUNCTION crm.check_pipeline();

-- Limits deals by teams in all grants while any pipeline belongs to a team: only members of the team can then see its
-- deals, even while the module is off.
CREATE OR REPLACE FUNCTION crm.limit_by_pipelines() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	here crm.pipelines := coalesce(NEW, OLD);
BEGIN
	PERFORM identity.limit_by_teams(here.org_id, 'deals', EXISTS (SELECT FROM crm.pipelines p
		WHERE p.org_id = here.org_id AND p.team_id IS NOT NULL));
	RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER teams_of_new AFTER INSERT ON crm.pipelines
	FOR EACH ROW WHEN (NEW.team_id IS NOT NULL) EXECUTE FUNCTION crm.limit_by_pipelines();
CREATE OR REPLACE TRIGGER teams AFTER UPDATE OF team_id ON crm.pipelines
	FOR EACH ROW WHEN (NEW.team_id IS DISTINCT FROM OLD.team_id) EXECUTE FUNCTION crm.limit_by_pipelines();
CREATE OR REPLACE TRIGGER teams_of_gone AFTER DELETE ON crm.pipelines
	FOR EACH ROW WHEN (OLD.team_id IS NOT NULL) EXECUTE FUNCTION crm.limit_by_pipelines();

-- Returns the stages of pipelines of teams to which the caller does not belong.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.hidden_stages() RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	RETURN ARRAY(SELECT s.stage FROM crm.pipelines p
		  JOIN crm.pipeline_stages s ON s.org_id = p.org_id AND s.pipeline_id = p.id
		WHERE p.org_id = ops.org()
		  AND p.team_id IS NOT NULL AND p.team_id <> ALL (identity.own_team_ids()));
END $$;

-- Returns whether the caller may see a row in the trash: it must neither be an opportunity in one of
-- crm.hidden_stages(), nor belong to one.
-- callers: tenantry_app, tenantry_mcp, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.sees_deleted(resource text, gone jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
	deal bigint := coalesce(gone->>'deal_id', gone->>'opportunity_id');
	last_stage text := CASE resource WHEN 'deals' THEN gone->>'stage' END;
BEGIN
	IF deal IS NOT NULL THEN
		last_stage := coalesce((SELECT d.stage FROM crm.deals d WHERE d.org_id = org AND d.id = deal),
			(SELECT t.row->>'stage' FROM crm.trash t WHERE t.org_id = org AND t.resource = 'deals' AND t.row_id = deal));
	END IF;
	RETURN last_stage IS NULL OR last_stage <> ALL (crm.hidden_stages());
END $$;

-- While rows are restored, all entries are visible: rows that were deleted with a restored row must be restored with
-- it.
DROP POLICY IF EXISTS may_be_in ON crm.trash;
CREATE POLICY may_be_in ON crm.trash AS RESTRICTIVE FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING ((SELECT nullif(ops.limits_of(current_setting('app.grants', true), 'rows') IS NULL
		OR ops.mode('restoring') OR current_user
		<> ALL ('{tenantry_app,tenantry_mcp,tenantry_mcp_writer}'), false)) IS NOT NULL
		OR crm.sees_deleted(resource, row::jsonb));

DROP POLICY IF EXISTS may_be_in ON crm.deals;
CREATE POLICY may_be_in ON crm.deals AS RESTRICTIVE TO tenantry_app, tenantry_mcp, tenantry_mcp_writer
	USING ((SELECT nullif(current_setting('app.grants', true) = '*' OR current_user
		<> ALL ('{tenantry_app,tenantry_mcp,tenantry_mcp_writer}'), false)) IS NOT NULL
		OR stage <> ALL ((SELECT crm.hidden_stages())::text[]) OR ops.shared('deals', 'read', id));

-- Returns the stage of another pipeline that is most similar to a stage: a stage with the same meaning, or otherwise
-- an open stage for an open stage, with the nearest probability.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.stage_in(pipeline bigint, stage text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found text;
BEGIN
	SELECT s.stage INTO found FROM crm.pipeline_stages s LEFT JOIN crm.pipeline_stages o ON o.stage = stage_in.stage
	 WHERE s.pipeline_id = pipeline
	 ORDER BY s.stage = o.stage DESC, s.outcome = coalesce(o.outcome, 'open') DESC, s.outcome IN ('open', 'waiting') AND o.outcome IN ('open', 'waiting') DESC,
		abs(s.probability - coalesce(o.probability, 0)), s.position LIMIT 1;
	IF found IS NULL THEN
		PERFORM ops.refuse('no_such_pipeline', 'pipeline_id');
	END IF;
	RETURN found;
END $$;

SELECT ops.require_module('crm.pipelines', 'b2b');
SELECT ops.require_module('crm.pipeline_stages', 'b2b');

DROP POLICY IF EXISTS readers ON crm.pipelines;
CREATE POLICY readers ON crm.pipelines FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);
DROP POLICY IF EXISTS administrators ON crm.pipelines;
CREATE POLICY administrators ON crm.pipelines TO tenantry_app
	USING ((SELECT ops.administers()));
DROP POLICY IF EXISTS readers ON crm.pipeline_stages;
CREATE POLICY readers ON crm.pipeline_stages FOR SELECT TO tenantry_app, tenantry_mcp, tenantry_mcp_writer USING (true);
DROP POLICY IF EXISTS administrators ON crm.pipeline_stages;
CREATE POLICY administrators ON crm.pipeline_stages TO tenantry_app
	USING ((SELECT ops.administers()));

GRANT SELECT ON crm.pipelines, crm.pipeline_stages TO tenantry_mcp, tenantry_mcp_writer;
SELECT ops.open_to_mcp('crm.pipelines');
SELECT ops.open_to_mcp('crm.pipeline_stages');
