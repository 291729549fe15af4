-- Tags.

-- Refuses a second tag of a name, with the number of the first. The constraint tags_name_key decides if
-- two are written at the same time. An archive of an older release may have two: the second
-- gets another name.
CREATE OR REPLACE FUNCTION crm.check_tag_name() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	other crm.tags;
BEGIN
	SELECT * INTO other FROM crm.tags t
	 WHERE t.org_id = NEW.org_id AND t.name_key = lower(NEW.name) AND t.id <> NEW.id;
	IF NOT FOUND THEN
		RETURN NEW;
	ELSIF current_setting('app.request_id', true) = 'archive' THEN
		NEW.name := left(NEW.name, 470) || ' ' || NEW.id;
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'there is a tag "%" already, number %', other.name, other.id
		USING ERRCODE = 'ZH409', COLUMN = 'name';
END $$;
GRANT EXECUTE ON FUNCTION crm.check_tag_name() TO tenantry_app, tenantry_mcp_writer;

CREATE OR REPLACE TRIGGER check_name BEFORE INSERT OR UPDATE OF name ON crm.tags
	FOR EACH ROW EXECUTE FUNCTION crm.check_tag_name();
