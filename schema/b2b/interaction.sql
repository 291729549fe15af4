-- Interactions with people, and the resulting figures of contacts and principals: engagement, influence, advocacy.
--
-- Interactions are activities, messages and appointments. Each interaction has a weight that depends on its type and is
-- halved after each half-life (engagementHalfLife in the configuration, in days). Interactions that are older than
-- twelve half-lives do not count.
-- needs: b2b/company.sql b2b/contact_organization.sql b2b/distributor_terms.sql b2b/module.sql b2b/opportunity.sql b2b/opportunity_participant.sql b2b/product.sql crm/configuration.sql crm/module.sql

-- Refuses a type of the module in an organization that lacks the module. Restored rows keep their type.
CREATE OR REPLACE FUNCTION crm.check_interaction_type() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
BEGIN
	IF NOT ops.mode('restoring') AND NOT crm.keeps_module(NEW.org_id, 'b2b') THEN
		PERFORM ops.refuse('not_allowed_value', 'type');
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER check_type BEFORE INSERT OR UPDATE OF type ON crm.activities
	FOR EACH ROW WHEN (NEW.type IN ('demo', 'event', 'sample', 'visit')) EXECUTE FUNCTION crm.check_interaction_type();

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.interaction_weight(type text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE type WHEN 'demo' THEN 10 WHEN 'visit' THEN 10 WHEN 'meeting' THEN 8 WHEN 'sample' THEN 6
		WHEN 'event' THEN 5 WHEN 'call' THEN 4 WHEN 'email' THEN 2 WHEN 'note' THEN 1 ELSE 0 END
$$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.engagement_half_life() RETURNS interval
LANGUAGE sql STABLE AS $$
	SELECT make_interval(days => coalesce((SELECT (c.config->>'engagementHalfLife')::integer
		FROM crm.configuration_summary c), 30))
$$;

-- Returns the weight of an interaction at that time, after exponential decay.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.decayed(weight integer, at timestamptz, half_life interval) RETURNS double precision
LANGUAGE sql STABLE AS $$
	SELECT weight * power(0.5::double precision, greatest(extract(epoch FROM now() - at), 0)::double precision
		/ extract(epoch FROM half_life)::double precision)
$$;

CREATE OR REPLACE VIEW crm.interactions WITH (security_invoker) AS
SELECT a.org_id, a.contact_id, a.deal_id, a.type, a.occurred_at AS at FROM crm.activities a WHERE a.type <> 'task'
UNION ALL
SELECT m.org_id, m.contact_id, NULL, 'email', m.sent_at FROM crm.messages m WHERE m.status NOT IN ('draft', 'queued', 'failed')
UNION ALL
SELECT p.org_id, p.contact_id, NULL, 'meeting', p.starts_at FROM crm.appointments p
 WHERE p.status NOT IN ('canceled', 'no_show') AND p.starts_at <= now();
GRANT SELECT ON crm.interactions TO tenantry_app;

-- Contains a row for each contact: its organizations, its interactions, and its open opportunities. Amounts are in the
-- currency of the organization, and only for callers who may read them.
CREATE OR REPLACE VIEW crm.contact_influence_profile WITH (security_invoker) AS
SELECT c.id, c.first_name, c.last_name, c.company_id, c.sales_id, o.nb_organizations, o.influence,
	coalesce(i.nb_interactions, 0) AS nb_interactions, coalesce(i.engagement, 0) AS engagement, i.last_interaction_at,
	p.nb_opportunities, CASE WHEN (SELECT ops.has_limits('deals', 'read')) IS NOT TRUE THEN p.weighted_amount END
		AS weighted_amount
  FROM crm.contacts c
  CROSS JOIN LATERAL (SELECT count(*) AS nb_organizations, max(x.influence) AS influence
	FROM crm.contact_organizations x
	WHERE x.org_id = c.org_id AND x.contact_id = c.id AND x.ended_on IS NULL) o
  CROSS JOIN LATERAL (SELECT count(*) AS nb_interactions, max(x.at) AS last_interaction_at,
	round((sum(crm.decayed(crm.interaction_weight(x.type), x.at, (SELECT crm.engagement_half_life())))
		FILTER (WHERE x.at > now() - 12 * (SELECT crm.engagement_half_life())))::numeric, 1) AS engagement
	FROM crm.interactions x WHERE x.org_id = c.org_id AND x.contact_id = c.id AND x.at <= now()) i
  CROSS JOIN LATERAL (SELECT count(*) AS nb_opportunities, coalesce(trim_scale(sum(x.weighted_amount)
		FILTER (WHERE x.currency = (SELECT crm.currency()))), 0) AS weighted_amount
	FROM crm.deal_contacts l JOIN crm.opportunities_summary x ON x.id = l.deal_id
	WHERE l.org_id = c.org_id AND l.contact_id = c.id AND x.outcome = 'open' AND x.archived_at IS NULL) p;
GRANT SELECT ON crm.contact_influence_profile TO tenantry_app;

-- Contains the lead principals of opportunities. With limited grants, only opportunities that the caller may read are
-- included.
CREATE OR REPLACE VIEW crm.led_opportunities WITH (security_invoker) AS
SELECT k.org_id, k.opportunity_id, k.company_id FROM crm.opportunity_participants k
 WHERE k.role = 'principal' AND k.is_lead AND (SELECT crm.reached_opportunities()) IS NULL
UNION ALL
SELECT k.org_id, k.opportunity_id, k.company_id FROM crm.opportunity_participants k
 WHERE k.role = 'principal' AND k.is_lead AND k.opportunity_id = ANY ((SELECT crm.reached_opportunities())::bigint[]);
GRANT SELECT ON crm.led_opportunities TO tenantry_app;

-- Contains a row for each principal: its products and distributors, its people, and the opportunities that it leads.
CREATE OR REPLACE VIEW crm.principal_advocacy_dashboard WITH (security_invoker) AS
SELECT p.id, CASE WHEN l.named THEN c.name END AS name, c.sales_id, s.nb_products, d.nb_distributors, o.nb_contacts, o.nb_advocates,
	coalesce(i.engagement, 0) AS engagement, i.last_interaction_at, r.nb_opportunities,
	CASE WHEN l.valued THEN r.weighted_amount END AS weighted_amount, CASE WHEN l.valued THEN r.won_amount END AS won_amount
  FROM crm.company_profiles p
  JOIN crm.companies c ON c.org_id = p.org_id AND c.id = p.id
  CROSS JOIN (SELECT ops.has_limits('deals', 'read') IS NOT TRUE AS valued,
	ops.has_limits('companies', 'read') IS NOT TRUE AS named) l
  CROSS JOIN LATERAL (SELECT count(*) AS nb_products FROM crm.products x
	WHERE x.org_id = p.org_id AND x.principal_id = p.id AND x.archived_at IS NULL) s
  CROSS JOIN LATERAL (SELECT count(DISTINCT x.distributor_id) AS nb_distributors FROM crm.distributor_terms x
	WHERE x.org_id = p.org_id AND x.principal_id = p.id AND x.valid_from <= current_date
	  AND coalesce(x.valid_to, current_date) >= current_date) d
  CROSS JOIN LATERAL (SELECT count(*) AS nb_contacts, count(*) FILTER (WHERE x.influence >= 70) AS nb_advocates
	FROM crm.contact_organizations x
	WHERE x.org_id = p.org_id AND x.company_id = p.id AND x.ended_on IS NULL) o
  CROSS JOIN LATERAL (SELECT max(x.at) AS last_interaction_at,
	round((sum(crm.decayed(crm.interaction_weight(x.type), x.at, (SELECT crm.engagement_half_life())))
		FILTER (WHERE x.at > now() - 12 * (SELECT crm.engagement_half_life())))::numeric, 1) AS engagement
	-- LATERAL makes the plan look up the rows of each contact, even if the planner underestimates the number of
	-- rows after row security.
	FROM crm.contact_organizations k CROSS JOIN LATERAL (SELECT y.type, y.at FROM crm.interactions y
		WHERE y.org_id = k.org_id AND y.contact_id = k.contact_id AND y.at <= now() OFFSET 0) x
	WHERE k.org_id = p.org_id AND k.company_id = p.id AND k.ended_on IS NULL) i
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.outcome = 'open') AS nb_opportunities,
	coalesce(trim_scale(sum(x.weighted_amount) FILTER (WHERE x.outcome = 'open' AND x.currency = (SELECT crm.currency()))), 0)
		AS weighted_amount,
	coalesce(trim_scale(sum(x.amount) FILTER (WHERE x.outcome = 'won' AND x.closed_at > now() - interval '1 year'
		AND x.currency = (SELECT crm.currency()))), 0) AS won_amount
	FROM crm.led_opportunities k JOIN crm.opportunities_summary x ON x.id = k.opportunity_id
	WHERE k.org_id = p.org_id AND k.company_id = p.id AND x.archived_at IS NULL) r
 WHERE p.is_principal;
GRANT SELECT ON crm.principal_advocacy_dashboard TO tenantry_app;
