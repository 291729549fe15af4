-- The names that a client may have meant, for refusals. fcgi/http/nearest.c does the same.

-- Returns the positions of each letter in a word as bits of a number: {"a": 5, "d": 2} for "ada".
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.letter_places(word text) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_object_agg(x.letter, x.places), '{}')
	  FROM (SELECT l.letter, bit_or(1::bigint << l.place::integer - 1) AS places
		  FROM string_to_table(word, NULL) WITH ORDINALITY l (letter, place) GROUP BY l.letter) x
$$;

-- Returns the number of letters to insert, remove or replace to turn a word into the other one (Levenshtein distance).
-- The word is given by its letter_places() and its length, which is at most 60. A column of the distance matrix is
-- stored as two bit vectors, which mark where a distance is one more, or one less, than the distance above (Myers,
-- 1999). A refusal compares many names, so a loop over the letters of both words would be too slow.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.distance(places jsonb, len integer, other text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	every constant bigint := (1::bigint << len) - 1;
	lowest constant bigint := (1::bigint << len) >> 1;
	distance integer := len;
	more bigint := every;	-- positions whose distance is one more than that of the previous position
	less bigint := 0;
	same bigint;	-- positions whose distance equals that of the previous position in the previous column
	up bigint;
	letter text;
BEGIN
	IF len = 0 THEN
		RETURN length(other);
	END IF;
	FOREACH letter IN ARRAY string_to_array(other, NULL) LOOP
		same := coalesce((places->letter)::bigint, 0);
		same := (((same & more) + more) # more | same | less) & every;
		up := (less | ~(same | more)) & every;
		less := more & same;	-- temporarily the positions whose distance is one less than in the previous column
		distance := distance + (up & lowest <> 0)::integer - (less & lowest <> 0)::integer;
		up := (up << 1 | 1) & every;
		more := (less << 1 | ~(same | up)) & every;
		less := up & same;
	END LOOP;
	RETURN distance;
END $$;

-- Returns "email, name", the most similar name first. "..." stands for more than 20 names. Only the first 60 letters of a
-- name are compared.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.nearest_list(asked text, names text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	word text := left(asked, 60);
	places jsonb := crm.letter_places(word);
BEGIN
	RETURN (SELECT string_agg(CASE WHEN place > 20 THEN '...' ELSE name END, ', ' ORDER BY place)
		  FROM (SELECT n AS name, row_number() OVER (ORDER BY crm.distance(places, length(word), left(n, 60)), place) AS place
			FROM unnest(names) WITH ORDINALITY x (n, place)) x
		 WHERE place <= 21);
END $$;
