-- Tags.
-- needs: crm/visible_name.sql

-- Returns whether a text is a CSS color, in hexadecimal or by name.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.is_color(said text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT said ~* '^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$' OR lower(said) = ANY (string_to_array('aliceblue antiquewhite aqua aquamarine azure '
		'beige bisque black blanchedalmond blue blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson '
		'cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid darkred '
		'darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey '
		'dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink '
		'indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow '
		'lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue '
		'lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue '
		'mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab '
		'orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple '
		'rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray '
		'slategrey snow springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen', ' '))
$$;

-- Returns a name without surrounding white space, and with one space between words, so that tags do not differ by
-- white space alone.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.tag_name(said text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT btrim(regexp_replace(said, E'[\\s\\u00a0\\u1680\\u2000-\\u200b\\u2028\\u2029\\u202f\\u205f\\u2060\\u3000\\ufeff]+', ' ', 'g'))
$$;

-- Checks the color. Refuses a second tag with the same name. The refusal contains the ID of the first tag. Of
-- concurrent writes, the tags_name_key constraint accepts one. An archive of an older release may contain two tags with
-- the same name, so the second tag is renamed.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.check_tag_name() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	other crm.tags;
BEGIN
	IF NOT ops.mode('restoring') THEN
		IF NEW.color <> '' AND NOT crm.is_color(NEW.color) AND NEW.color IS DISTINCT FROM OLD.color THEN
			PERFORM ops.refuse('not_a_color', 'color');
		ELSIF NEW.name IS NOT DISTINCT FROM OLD.name THEN
			RETURN NEW;
		END IF;
		PERFORM crm.visible_name('name', NEW.name, OLD.name);
		IF NEW.name <> crm.tag_name(NEW.name) AND NOT ops.archive() THEN
			PERFORM ops.refuse('blanks_of_name', 'name');
		END IF;
	END IF;
	SELECT * INTO other FROM crm.tags t
	 WHERE t.org_id = NEW.org_id AND t.name_key = lower(NEW.name) AND t.id <> NEW.id;
	IF NOT FOUND THEN
		RETURN NEW;
	ELSIF ops.archive() THEN
		NEW.name := left(NEW.name, 470) || ' ' || NEW.id;
		RETURN NEW;
	END IF;
	IF NOT crm.key_reads('tags') THEN
		PERFORM ops.refuse('taken', 'name', NEW.name);
	END IF;
	PERFORM ops.refuse('tag_exists', 'name', other.name, other.id::text);
END $$;

CREATE OR REPLACE TRIGGER check_name BEFORE INSERT OR UPDATE OF name, color ON crm.tags
	FOR EACH ROW EXECUTE FUNCTION crm.check_tag_name();

-- Sets the time of the last change, like crm.touch_contact().
CREATE OR REPLACE FUNCTION crm.touch_tag() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
	OLD.name_key := NEW.name_key;
	IF OLD *<> NEW THEN
		NEW.updated_at := now();
	END IF;
	RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER touch BEFORE UPDATE ON crm.tags FOR EACH ROW EXECUTE FUNCTION crm.touch_tag();
