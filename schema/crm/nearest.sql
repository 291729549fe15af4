-- The names that a client may have meant, for refusals. fcgi/http/nearest.c does the same.

-- Returns the number of letters to insert, remove or replace to turn one word into the other (Levenshtein distance).
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.distance(one text, other text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	costs integer[] := ARRAY(SELECT generate_series(1, length(other)));
	above integer;
	lefthand integer;
	slant integer;
BEGIN
	IF greatest(length(one), length(other)) > 64 THEN
		RETURN 64;
	END IF;
	FOR i IN 1..length(one) LOOP
		slant := i - 1;
		lefthand := i;
		FOR j IN 1..length(other) LOOP
			above := costs[j];
			lefthand := least(above + 1, lefthand + 1, slant + (substr(one, i, 1) <> substr(other, j, 1))::integer);
			slant := above;
			costs[j] := lefthand;
		END LOOP;
	END LOOP;
	RETURN coalesce(costs[length(other)], length(one));
END $$;

-- Returns "email, name", the most similar name first. "..." stands for more than 20 names.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.nearest_list(asked text, names text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT string_agg(CASE WHEN place > 20 THEN '...' ELSE name END, ', ' ORDER BY place)
		  FROM (SELECT n AS name, row_number() OVER (ORDER BY crm.distance(asked, n), place) AS place
			FROM unnest(names) WITH ORDINALITY x (n, place)) x
		 WHERE place <= 21);
END $$;
