-- Refuses texts with the number of a payment card. The workers already refuse these texts (handlers/membership/card.c),
-- so that they do not reach the database. This file keeps texts of all other writers out of the tables.
-- needs: ops/tenant.sql

-- Returns whether a text has 13 to 19 digits in a row, in groups with up to two separators between them, that begin
-- with 2 to 6 and end with a check digit. lib/base/card_number.c makes the same check, and
-- tests/api/membership/payments.test.mjs compares both.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.has_card_number(said text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	run text;
BEGIN
	FOR run IN SELECT m[1] FROM regexp_matches(translate(said, '０１２３４５６７８９' || U&'\00A0\2007\2009\202F\2010\2011\2013',
		'0123456789' || '    ---'), '([0-9](?:[ ._/-]{0,2}[0-9]){12,})', 'g') m LOOP
		-- odd and even are the sums of Luhn's formula up to a digit, where the digits at odd or even positions are not
		-- doubled. At the start of a group, they are the sums before the group. The sum of a range of digits is a
		-- difference, so long texts are processed quickly.
		IF EXISTS (
			WITH places AS (
				SELECT t.c, t.o, lag(t.c) OVER w AS before, lead(t.c) OVER w AS after
				  FROM string_to_table(run, NULL) WITH ORDINALITY t (c, o) WINDOW w AS (ORDER BY t.o)),
			digits AS (
				SELECT p.c::integer AS d, row_number() OVER (ORDER BY p.o) AS n,
					p.before ~ '[0-9]' IS NOT TRUE AND p.c IN ('2', '3', '4', '5', '6') AS begins,
					p.after ~ '[0-9]' IS NOT TRUE AS ends,
					p.c::integer * 2 - CASE WHEN p.c > '4' THEN 9 ELSE 0 END AS doubled
				  FROM places p WHERE p.c ~ '[0-9]'),
			sums AS (
				SELECT g.*, sum(CASE g.n % 2 WHEN 1 THEN g.d ELSE g.doubled END) OVER w AS odd,
					sum(CASE g.n % 2 WHEN 0 THEN g.d ELSE g.doubled END) OVER w AS even
				  FROM digits g WINDOW w AS (ORDER BY g.n)),
			begun AS (
				SELECT s.*, CASE WHEN s.begins THEN s.odd - CASE s.n % 2 WHEN 1 THEN s.d ELSE s.doubled END END AS odd_before,
					CASE WHEN s.begins THEN s.even - CASE s.n % 2 WHEN 0 THEN s.d ELSE s.doubled END END AS even_before
				  FROM sums s),
			far AS (
				SELECT b.ends, b.n, CASE b.n % 2 WHEN 1 THEN b.odd ELSE b.even END AS here, CASE b.n % 2
					WHEN 1 THEN ARRAY[lag(b.odd_before, 12) OVER w, lag(b.odd_before, 13) OVER w, lag(b.odd_before, 14) OVER w,
						lag(b.odd_before, 15) OVER w, lag(b.odd_before, 16) OVER w, lag(b.odd_before, 17) OVER w,
						lag(b.odd_before, 18) OVER w]
					ELSE ARRAY[lag(b.even_before, 12) OVER w, lag(b.even_before, 13) OVER w, lag(b.even_before, 14) OVER w,
						lag(b.even_before, 15) OVER w, lag(b.even_before, 16) OVER w, lag(b.even_before, 17) OVER w,
						lag(b.even_before, 18) OVER w] END AS there
				  FROM begun b WINDOW w AS (ORDER BY b.n))
			SELECT FROM far f, unnest(f.there) t WHERE f.ends AND (f.here - t) % 10 = 0) THEN
			RETURN true;
		END IF;
	END LOOP;
	RETURN false;
END $$;

-- Skips texts that are too long for any table, since constraints refuse them and checking them would take long.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION membership.refuse_card_numbers() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	SELECT x.key INTO name FROM jsonb_each(to_jsonb(NEW) - '{org_id,hash,reference,provider_payment,provider_dispute}'::text[]) x
	 WHERE jsonb_typeof(x.value) = 'string' AND CASE WHEN char_length(x.value #>> '{}') <= CASE x.key WHEN 'text' THEN 200000
		ELSE 2000 END THEN membership.has_card_number(x.value #>> '{}') END LIMIT 1;
	IF FOUND THEN
		PERFORM ops.refuse('card_number', name);
	END IF;
	RETURN NEW;
END $$;
