-- Refuses texts with the number of a payment card. The workers refuse them before (handlers/membership/card.c), so that
-- they never reach the database; this keeps them out of the tables, whoever writes.
-- needs: ops/tenant.sql

-- Whether digits end with the check digit of Luhn's formula.
CREATE OR REPLACE FUNCTION membership.has_check_digit(digits text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT sum(CASE WHEN (char_length(digits) - n) % 2 = 1 THEN d * 2 - CASE WHEN d > 4 THEN 9 ELSE 0 END ELSE d END) % 10 = 0
	  FROM (SELECT n, substr(digits, n, 1)::integer AS d FROM generate_series(1, char_length(digits)) n) x
$$;
GRANT EXECUTE ON FUNCTION membership.has_check_digit(text) TO tenantry_app;

-- Whether a text has 13 to 19 digits in a row, in groups with up to two separators between them, that begin with 2 to 6
-- and end with a check digit. The same rule is in lib/base/card_number.c, and tests/api/membership/payments.test.mjs
-- compares them.
CREATE OR REPLACE FUNCTION membership.has_card_number(said text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	run text;
	groups text[];
	digits text;
BEGIN
	FOR run IN SELECT m[1] FROM regexp_matches(translate(said, '０１２３４５６７８９' || U&'\00A0\2007\2009\202F\2010\2011\2013',
		'0123456789' || '    ---'), '([0-9](?:[ ._/-]{0,2}[0-9]){12,})', 'g') m LOOP
		groups := regexp_split_to_array(run, '[^0-9]+');
		FOR i IN 1 .. cardinality(groups) LOOP
			digits := '';
			FOR j IN i .. cardinality(groups) LOOP
				digits := digits || groups[j];
				EXIT WHEN char_length(digits) > 19;
				IF char_length(digits) >= 13 AND digits ~ '^[2-6]' AND membership.has_check_digit(digits) THEN
					RETURN true;
				END IF;
			END LOOP;
		END LOOP;
	END LOOP;
	RETURN false;
END $$;
GRANT EXECUTE ON FUNCTION membership.has_card_number(text) TO tenantry_app;

CREATE OR REPLACE FUNCTION membership.refuse_card_numbers() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	SELECT x.key INTO name FROM jsonb_each(to_jsonb(NEW) - '{org_id,hash}'::text[]) x
	 WHERE jsonb_typeof(x.value) = 'string' AND membership.has_card_number(x.value #>> '{}') LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'looks like the number of a payment card' USING ERRCODE = 'ZH422', COLUMN = name;
	END IF;
	RETURN NEW;
END $$;
GRANT EXECUTE ON FUNCTION membership.refuse_card_numbers() TO tenantry_app;
