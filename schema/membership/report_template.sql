-- Definitions of reports, for the staff.
-- needs: crm/view.sql membership/module.sql

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON membership.report_templates
	FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ops.touch_row();

CREATE OR REPLACE TRIGGER known_resource BEFORE INSERT ON membership.report_templates FOR EACH ROW
	EXECUTE FUNCTION crm.check_named_resource();
CREATE OR REPLACE TRIGGER known_resource_of_changed BEFORE UPDATE OF resource ON membership.report_templates FOR EACH ROW
	WHEN (NEW.resource <> OLD.resource) EXECUTE FUNCTION crm.check_named_resource();

SELECT ops.require_module('membership.report_templates', 'membership');
SELECT ops.restrict('membership.report_templates', 'report_templates');

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.open_report(template bigint)
RETURNS TABLE (resource text, columns text, filters text, sort text)
LANGUAGE sql STABLE AS $$
	SELECT t.resource, t.columns::text, t.filters::text, t.sort::text FROM membership.report_templates t WHERE t.id = template
$$;
