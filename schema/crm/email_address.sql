-- Email addresses, and the search for contacts by address.

-- Returns whether a text can be the address of an account or an attendee: ASCII without quoted forms, and a domain
-- with a dot. address_public() in lib/base/address.c makes the same check.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.is_address(address text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT address ~ ('^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*'
			'@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?[.])+[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$')
		-- A label has at most 63 characters. A quantifier in the expression above would take ten times as long.
		AND (char_length(address) <= 64 OR address !~ '@.*[^.@]{64}')
		AND char_length(address) <= 254 AND strpos(address, '@') <= 65
$$;

-- Returns the code of the refusal of an address that an account cannot have, or null if it can.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.address_fault(address text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN crm.is_address(address) THEN NULL
		WHEN octet_length(address) <> char_length(address)
		THEN 'address_foreign'
		ELSE 'not_an_address_of_mail' END
$$;

-- Encodes a label of a domain in Punycode (RFC 3492), without the prefix.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.punycode(label text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	points integer[] := ARRAY(SELECT ascii(c) FROM regexp_split_to_table(label, '') WITH ORDINALITY x (c, n) ORDER BY n);
	coded text := regexp_replace(label, '[^\x01-\x7f]', '', 'g');
	basic integer := char_length(coded);
	done integer := basic;
	least_point integer := 128;
	delta bigint := 0;
	bias integer := 72;
	next_point integer;
	p integer;
	q bigint;
	t integer;
	k integer;
BEGIN
	coded := coded || CASE WHEN basic > 0 THEN '-' ELSE '' END;
	WHILE done < cardinality(points) LOOP
		next_point := (SELECT min(x) FROM unnest(points) x WHERE x >= least_point);
		delta := delta + (next_point - least_point)::bigint * (done + 1);
		least_point := next_point;
		FOREACH p IN ARRAY points LOOP
			IF p < least_point THEN
				delta := delta + 1;
			ELSIF p = least_point THEN
				q := delta;
				k := 36;
				LOOP
					t := least(greatest(k - bias, 1), 26);
					EXIT WHEN q < t;
					coded := coded || substr('abcdefghijklmnopqrstuvwxyz0123456789', (t + (q - t) % (36 - t))::integer + 1, 1);
					q := (q - t) / (36 - t);
					k := k + 36;
				END LOOP;
				coded := coded || substr('abcdefghijklmnopqrstuvwxyz0123456789', q::integer + 1, 1);
				done := done + 1;
				delta := CASE done - 1 WHEN basic THEN delta / 700 ELSE delta / 2 END;
				delta := delta + delta / done;
				bias := 0;
				WHILE delta > 455 LOOP
					delta := delta / 35;
					bias := bias + 36;
				END LOOP;
				bias := bias + (36 * delta / (delta + 38))::integer;
				delta := 0;
			END IF;
		END LOOP;
		delta := delta + 1;
		least_point := least_point + 1;
	END LOOP;
	RETURN coded;
END $$;

-- Returns the form in which an address is stored, shown and compared: lower case, with the domain in Punycode, so
-- that look-alike letters are visible. Returns null for an invalid address.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.address_form(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	said text := lower(btrim(address));
	at integer;
BEGIN
	IF octet_length(said) = char_length(said) OR char_length(said) > 254 THEN
		RETURN said;
	END IF;
	said := normalize(said, NFC);
	at := char_length(said) - strpos(reverse(said), '@') + 1;
	RETURN left(said, at) || coalesce((SELECT string_agg(CASE WHEN octet_length(l) = char_length(l)
			OR l ~ '^-|-$|[\u0080-\u00a0\u00ad\u2000-\u206f\ufe00-\ufe0f\ufeff\ufff0-\uffff]' THEN l
			ELSE 'xn--' || crm.punycode(l) END, '.' ORDER BY n)
		FROM regexp_split_to_table(lower(normalize(translate(substr(said, at + 1), '。．｡', '...'), NFKC)), '[.]')
			WITH ORDINALITY x (l, n)), '');
END $$;

-- Returns whether a text in the form of crm.address_form() can be the address of a contact. Following RFC 6531,
-- non-ASCII letters are also allowed before the @.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.is_contact_address(address text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN octet_length(address) = char_length(address) THEN crm.is_address(address)
		ELSE address !~ '@.*[^\x01-\x7f]' AND address !~ '[\u0080-\u00a0\u00ad\u2000-\u206f\u3000\ufeff\ufff0-\uffff]'
			AND octet_length(address) <= 254 AND octet_length(split_part(address, '@', 1)) <= 64
			AND crm.is_address(regexp_replace(address, '[^\x01-\x7f]', 'x', 'g')) END
$$;

-- Converts the addresses of a contact's list with crm.address_form().
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.address_forms(list jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN jsonb_typeof(list) = 'array' THEN (SELECT coalesce(jsonb_agg(CASE jsonb_typeof(e->'email')
			WHEN 'string' THEN jsonb_set(e, '{email}', to_jsonb(crm.address_form(e->>'email'))) ELSE e END ORDER BY n), '[]')
		FROM jsonb_array_elements(list) WITH ORDINALITY x (e, n)) ELSE list END
$$;

-- Returns a hash of an address and its organization, so that one index can serve all organizations.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.address_keys(org uuid, addresses jsonb) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	keys bigint[] := '{}';
BEGIN
	-- This is a loop by index, because every write of a contact calls the function, and a query would be slower.
	IF jsonb_typeof(addresses) = 'array' THEN
		FOR n IN 0 .. jsonb_array_length(addresses) - 1 LOOP
			keys := keys || hashtextextended(lower(addresses->n->>'email'), uuid_hash_extended(org, 0));
		END LOOP;
	END IF;
	RETURN keys;
END $$;

-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.find_addresses(addresses text[]) RETURNS TABLE (address text, id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp SET enable_seqscan = off AS $$
DECLARE
	org uuid := ops.org();
BEGIN
	RETURN QUERY SELECT a, c.id FROM unnest(addresses) a CROSS JOIN LATERAL (
		SELECT x.org_id, x.id, x.email_jsonb FROM crm.contacts x
		 WHERE crm.address_keys(x.org_id, x.email_jsonb)
			@> ARRAY[hashtextextended(crm.address_form(a), uuid_hash_extended(org, 0))] OFFSET 0) c
	 WHERE c.org_id = org AND EXISTS (SELECT FROM jsonb_array_elements(c.email_jsonb) e
		WHERE lower(e->>'email') = crm.address_form(a));
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.find_addresses(text[]) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
