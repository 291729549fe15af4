-- The assistant: what the rows of an organization are about, as vectors; keys
-- for whoever makes them; tools that act as the caller; and writes that wait to
-- be confirmed.
--
-- Vectors are kept as real[], so the schema is the same with the extension
-- vector and without: where it is there its operators compare, else SQL does.

-- A part of a row's text and its vector, null until tenantry-jobs has fetched
-- it.  It is derived: whoever may read the row may read this.
CREATE TABLE crm.context_embeddings (
	org_id       uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id           bigint NOT NULL DEFAULT ops.new_id(),
	resource     text NOT NULL CONSTRAINT context_embeddings_resource_check
		CHECK (resource IN ('contacts', 'companies', 'deals', 'contact_notes', 'deal_notes')),
	row_id       bigint NOT NULL,
	part         integer NOT NULL,
	content      text NOT NULL,
	content_hash bytea NOT NULL,	-- SHA-256: what has not changed is not paid for twice
	model        text NOT NULL,
	embedding    real[] CONSTRAINT context_embeddings_embedding_check
		CHECK (cardinality(embedding) BETWEEN 1 AND 16000),	-- of length 1
	signs        bit varying,	-- of its members: alike in these is nearly alike
	embedded_at  timestamptz,
	PRIMARY KEY (org_id, id),
	CONSTRAINT context_embeddings_part UNIQUE (org_id, resource, row_id, part),
	CONSTRAINT context_embeddings_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
-- Numbers like these do not compress.
ALTER TABLE crm.context_embeddings ALTER embedding SET STORAGE EXTERNAL;
SELECT ops.protect('crm.context_embeddings', false);
-- The log has the rows that this is made from.
DROP TRIGGER audit ON crm.context_embeddings;
CREATE POLICY readers ON crm.context_embeddings FOR SELECT TO tenantry_app USING (true);
GRANT SELECT ON crm.context_embeddings TO tenantry_app;

-- A write that the model asks for and nobody has confirmed.  Its author's alone.
CREATE TABLE crm.assistant_proposals (
	org_id     uuid NOT NULL DEFAULT nullif(current_setting('app.org_id', true), '')::uuid,
	id         bigint NOT NULL DEFAULT ops.new_id(),
	user_id    text NOT NULL DEFAULT current_setting('app.user_id', true),
	tool       text NOT NULL,
	arguments  jsonb NOT NULL,
	expires_at timestamptz NOT NULL DEFAULT now() + interval '1 hour',
	PRIMARY KEY (org_id, id),
	CONSTRAINT assistant_proposals_org_id_fkey FOREIGN KEY (org_id)
		REFERENCES identity.organization ON DELETE CASCADE
);
SELECT ops.protect('crm.assistant_proposals', false);
-- What is confirmed is in the log as the row that it made.
DROP TRIGGER audit ON crm.assistant_proposals;
CREATE POLICY own ON crm.assistant_proposals TO tenantry_app
	USING (user_id = (SELECT current_setting('app.user_id', true)));
GRANT SELECT, INSERT, DELETE ON crm.assistant_proposals TO tenantry_app;

-- A row while there is somebody to make vectors; tenantry-jobs sees to it.
CREATE TABLE ops.assistant_on (
	id    boolean PRIMARY KEY DEFAULT true CHECK (id),
	model text NOT NULL
);

-- Rows whose vectors are to be made.
CREATE TABLE ops.embedding_wanted (
	id         bigint PRIMARY KEY DEFAULT ops.new_id(),
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	row_id     bigint NOT NULL,
	due_at     timestamptz NOT NULL DEFAULT now(),
	attempts   integer NOT NULL DEFAULT 0,
	CONSTRAINT embedding_wanted_row UNIQUE (org_id, table_name, row_id)
);
CREATE INDEX embedding_wanted_due_at ON ops.embedding_wanted (due_at);

-- Tables that are gone through from end to end, as when a model is new.
CREATE TABLE ops.embedding_backlog (
	org_id     uuid NOT NULL,
	table_name text NOT NULL,
	after_id   bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (org_id, table_name)
);

-- Organizations whose provider is left alone for a while: their key may be bad.
CREATE TABLE ops.embedding_pause (
	org_id   uuid PRIMARY KEY,
	until    timestamptz NOT NULL,
	failures integer NOT NULL
);

-- Keys for the provider, sealed by the workers: a member's own, or the
-- organization's, which has no user.
CREATE TABLE identity.assistant_key (
	organization_id uuid NOT NULL REFERENCES identity.organization ON DELETE CASCADE,
	user_id         text,
	sealed          text NOT NULL,
	created_at      timestamptz NOT NULL DEFAULT now(),
	CONSTRAINT assistant_key_owner UNIQUE NULLS NOT DISTINCT (organization_id, user_id),
	FOREIGN KEY (organization_id, user_id)
		REFERENCES identity.organization_member (organization_id, user_id) ON DELETE CASCADE
);
-- Who acts in somebody else's name makes no key of theirs and takes none away.
CREATE TRIGGER own_hands BEFORE INSERT OR UPDATE ON identity.assistant_key FOR EACH ROW
	WHEN (current_setting('app.impersonator', true) <> '') EXECUTE FUNCTION identity.own_hands();

-- Texts

-- What a row says, its title in the first line; null where there is no such row.
-- Asked as whoever calls.  Addresses and numbers of people are not in it: it is
-- sent to the provider.
CREATE FUNCTION crm.context_document(resource text, row_id bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
	CASE resource
	WHEN 'contacts' THEN
		RETURN (SELECT concat_ws(E'\n', coalesce(nullif(concat_ws(' ', c.first_name, c.last_name), ''),
			'Contact'), 'Title: ' || nullif(c.title, ''), 'Company: ' || o.name,
			'Status: ' || nullif(c.status, ''), nullif(c.background, ''))
		  FROM crm.contacts c LEFT JOIN crm.companies o
		    ON o.org_id = c.org_id AND o.id = c.company_id
		 WHERE c.org_id = org AND c.id = row_id);
	WHEN 'companies' THEN
		RETURN (SELECT concat_ws(E'\n', c.name, 'Sector: ' || nullif(c.sector, ''),
			'City: ' || nullif(c.city, ''), 'Country: ' || nullif(c.country, ''),
			nullif(c.description, ''))
		  FROM crm.companies c WHERE c.org_id = org AND c.id = row_id);
	WHEN 'deals' THEN
		RETURN (SELECT concat_ws(E'\n', d.name, 'Company: ' || o.name, 'Stage: ' || d.stage,
			'Category: ' || nullif(d.category, ''), 'Amount: ' || d.amount,
			nullif(d.description, ''))
		  FROM crm.deals d LEFT JOIN crm.companies o
		    ON o.org_id = d.org_id AND o.id = d.company_id
		 WHERE d.org_id = org AND d.id = row_id);
	WHEN 'contact_notes' THEN
		RETURN (SELECT concat_ws(E'\n', concat_ws(' ', 'Note on', c.first_name, c.last_name,
			to_char(n.date, 'YYYY-MM-DD')), coalesce(n.text, ''))
		  FROM crm.contact_notes n JOIN crm.contacts c
		    ON c.org_id = n.org_id AND c.id = n.contact_id
		 WHERE n.org_id = org AND n.id = row_id);
	WHEN 'deal_notes' THEN
		RETURN (SELECT concat_ws(E'\n', concat_ws(' ', 'Note on the deal', d.name,
			to_char(n.date, 'YYYY-MM-DD')), coalesce(n.text, ''))
		  FROM crm.deal_notes n JOIN crm.deals d
		    ON d.org_id = n.org_id AND d.id = n.deal_id
		 WHERE n.org_id = org AND n.id = row_id);
	ELSE
		RETURN NULL;
	END CASE;
END $$;

-- A document in parts that overlap a little, each behind the title.
CREATE FUNCTION crm.context_parts(document text) RETURNS TABLE (part integer, content text)
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
	size constant integer := 2000;
	lap constant integer := 200;
	title text := left(split_part(document, E'\n', 1), 500);
	body text := substr(document, strpos(document || E'\n', E'\n') + 1);
BEGIN
	part := 0;
	LOOP
		content := concat_ws(E'\n', title, nullif(left(body, size), ''));
		RETURN NEXT;
		EXIT WHEN char_length(body) <= size;
		body := substr(body, size - lap + 1);
		part := part + 1;
	END LOOP;
END $$;

GRANT EXECUTE ON FUNCTION crm.context_document(text, bigint), crm.context_parts(text)
	TO tenantry_app;

-- Asks for vectors of what changed, and forgets those of what is gone.  No more
-- than a row here, in the writer's transaction.
CREATE FUNCTION crm.context_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	said text := current_setting('app.org_id', true);
BEGIN
	IF TG_OP <> 'DELETE' THEN
		IF EXISTS (SELECT FROM ops.assistant_on) THEN
			INSERT INTO ops.embedding_wanted AS w (org_id, table_name, row_id)
			VALUES (NEW.org_id, TG_TABLE_NAME, NEW.id)
			ON CONFLICT ON CONSTRAINT embedding_wanted_row
				DO UPDATE SET due_at = now(), attempts = 0;
		END IF;
		RETURN NULL;
	END IF;
	IF said IS DISTINCT FROM OLD.org_id::text THEN
		PERFORM set_config('app.org_id', OLD.org_id::text, true);
	END IF;
	DELETE FROM crm.context_embeddings e WHERE e.org_id = OLD.org_id
		AND e.resource = TG_TABLE_NAME::text AND e.row_id = OLD.id;
	DELETE FROM ops.embedding_wanted w WHERE w.org_id = OLD.org_id
		AND w.table_name = TG_TABLE_NAME::text AND w.row_id = OLD.id;
	IF said IS DISTINCT FROM OLD.org_id::text THEN
		PERFORM set_config('app.org_id', said, true);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF first_name, last_name, title,
	background, status, company_id ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.context_changed();
CREATE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF name, sector, city, country, description
	ON crm.companies FOR EACH ROW EXECUTE FUNCTION crm.context_changed();
CREATE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF name, company_id, stage, category,
	amount, description ON crm.deals
	FOR EACH ROW EXECUTE FUNCTION crm.context_changed();
CREATE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF text, date, contact_id
	ON crm.contact_notes FOR EACH ROW EXECUTE FUNCTION crm.context_changed();
CREATE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF text, date, deal_id
	ON crm.deal_notes FOR EACH ROW EXECUTE FUNCTION crm.context_changed();

-- For tenantry-jobs

-- Says whether vectors are made, and by which model: a new one starts anew.
CREATE FUNCTION ops.switch_assistant(wanted boolean, model text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF NOT wanted THEN
		DELETE FROM ops.assistant_on;
		DELETE FROM ops.embedding_wanted;
		DELETE FROM ops.embedding_backlog;
		DELETE FROM ops.embedding_pause;
		RETURN;
	END IF;
	INSERT INTO ops.assistant_on AS a (model) VALUES (switch_assistant.model)
	ON CONFLICT ON CONSTRAINT assistant_on_pkey DO UPDATE SET model = excluded.model
		WHERE a.model <> excluded.model;
	IF FOUND THEN
		INSERT INTO ops.embedding_backlog (org_id, table_name)
		SELECT o.id, t FROM identity.organization o, unnest(ARRAY['contacts', 'companies',
			'deals', 'contact_notes', 'deal_notes']) t
		ON CONFLICT ON CONSTRAINT embedding_backlog_pkey DO UPDATE SET after_id = 0;
	END IF;
END $$;

-- Asks for some rows of the backlog, if there are any and nothing else is to be
-- done; true when something is.
CREATE FUNCTION ops.queue_embeddings(most integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	b ops.embedding_backlog;
	ids bigint[];
BEGIN
	IF EXISTS (SELECT FROM ops.embedding_wanted w WHERE w.due_at <= now()
		AND NOT EXISTS (SELECT FROM ops.embedding_pause p
			WHERE p.org_id = w.org_id AND p.until > now())) THEN
		RETURN true;
	END IF;
	SELECT * INTO b FROM ops.embedding_backlog LIMIT 1 FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM set_config('app.org_id', b.org_id::text, true);
	EXECUTE format('SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM crm.%I '
		'WHERE org_id = $1 AND id > $2 ORDER BY id LIMIT $3) x', b.table_name)
		INTO ids USING b.org_id, b.after_id, most;
	PERFORM set_config('app.org_id', other, true);
	INSERT INTO ops.embedding_wanted (org_id, table_name, row_id)
	SELECT b.org_id, b.table_name, unnest(ids)
	ON CONFLICT ON CONSTRAINT embedding_wanted_row DO NOTHING;
	IF coalesce(cardinality(ids), 0) < most THEN
		DELETE FROM ops.embedding_backlog x
		 WHERE x.org_id = b.org_id AND x.table_name = b.table_name;
	ELSE
		UPDATE ops.embedding_backlog x SET after_id = ids[most]
		 WHERE x.org_id = b.org_id AND x.table_name = b.table_name;
	END IF;
	RETURN true;
END $$;

-- Makes the parts of a row what its text is now.
CREATE FUNCTION ops.renew_parts(org uuid, resource text, row_id bigint, model text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	contents text[] := ARRAY(SELECT p.content FROM crm.context_parts(
		crm.context_document(renew_parts.resource, renew_parts.row_id)) p
		WHERE p.content <> '' ORDER BY p.part);
BEGIN
	DELETE FROM crm.context_embeddings e WHERE e.org_id = org
		AND e.resource = renew_parts.resource AND e.row_id = renew_parts.row_id
		AND NOT coalesce(e.model = renew_parts.model
			AND e.content_hash = sha256(convert_to(contents[e.part + 1], 'UTF8')), false);
	INSERT INTO crm.context_embeddings (org_id, resource, row_id, part, content, content_hash,
		model)
	SELECT org, renew_parts.resource, renew_parts.row_id, n - 1, c,
		sha256(convert_to(c, 'UTF8')), renew_parts.model
	  FROM unnest(contents) WITH ORDINALITY AS x (c, n)
	ON CONFLICT ON CONSTRAINT context_embeddings_part DO NOTHING;
END $$;

-- Parts of one organization's rows whose vectors are to be fetched now, for so
-- long that whoever is killed leaves them to the next.  What was refused twice
-- comes alone, so that it spoils nothing else.
CREATE FUNCTION ops.claim_embeddings(lease interval, most integer)
RETURNS TABLE (wanted_id bigint, attempt integer, part_id bigint, content text, sealed text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	wanted_model text := (SELECT a.model FROM ops.assistant_on a);
	org uuid;
	w ops.embedding_wanted;
	n integer := 0;
	more integer;
BEGIN
	SELECT x.org_id INTO org FROM ops.embedding_wanted x WHERE x.due_at <= now()
	   AND NOT EXISTS (SELECT FROM ops.embedding_pause p
		WHERE p.org_id = x.org_id AND p.until > now())
	 ORDER BY x.due_at LIMIT 1;
	IF org IS NULL OR wanted_model IS NULL THEN
		RETURN;
	END IF;
	IF NOT EXISTS (SELECT FROM identity.organization o
		WHERE o.id = org AND o.deleted_at IS NULL) THEN
		DELETE FROM ops.embedding_wanted x WHERE x.org_id = org;
		RETURN;
	ELSIF EXISTS (SELECT FROM identity.organization o
		WHERE o.id = org AND o.suspended_at IS NOT NULL) THEN
		INSERT INTO ops.embedding_pause VALUES (org, now() + interval '15 minutes', 0)
		ON CONFLICT ON CONSTRAINT embedding_pause_pkey DO UPDATE SET until = excluded.until;
		RETURN;
	END IF;
	PERFORM set_config('app.org_id', org::text, true);
	sealed := (SELECT k.sealed FROM identity.assistant_key k
		WHERE k.organization_id = org AND k.user_id IS NULL);
	FOR w IN SELECT * FROM ops.embedding_wanted x WHERE x.org_id = org AND x.due_at <= now()
	    ORDER BY x.due_at LIMIT 200 FOR UPDATE SKIP LOCKED LOOP
		EXIT WHEN n > 0 AND w.attempts >= 2;
		PERFORM ops.renew_parts(org, w.table_name, w.row_id, wanted_model);
		more := 0;
		FOR part_id, content IN SELECT e.id, e.content FROM crm.context_embeddings e
		    WHERE e.org_id = org AND e.resource = w.table_name AND e.row_id = w.row_id
		      AND e.embedding IS NULL ORDER BY e.part LIMIT most - n LOOP
			wanted_id := w.id;
			attempt := w.attempts + 1;
			more := more + 1;
			RETURN NEXT;
		END LOOP;
		IF more = 0 THEN
			DELETE FROM ops.embedding_wanted x WHERE x.id = w.id;
		ELSE
			UPDATE ops.embedding_wanted x SET attempts = x.attempts + 1, due_at = now() + lease
			 WHERE x.id = w.id;
		END IF;
		n := n + more;
		EXIT WHEN n >= most OR (n > 0 AND w.attempts >= 2);
	END LOOP;
	PERFORM set_config('app.org_id', other, true);
END $$;

-- A vector of length 1, and null for what has no direction.
CREATE FUNCTION crm.unit_vector(v real[]) RETURNS real[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg((x / norm)::real ORDER BY n)
	  FROM unnest(v) WITH ORDINALITY AS u (x, n),
		(SELECT sqrt(sum(y::float8 * y)) AS norm FROM unnest(v) y) s
	 WHERE norm > 0 AND norm < 'Infinity'
$$;

CREATE FUNCTION crm.vector_signs(v real[]) RETURNS bit varying
LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(CASE WHEN x < 0 THEN '1' ELSE '0' END, '' ORDER BY n)::bit varying
	  FROM unnest(v) WITH ORDINALITY AS u (x, n)
$$;

-- Keeps what was fetched, vector by vector as an array of arrays; a row that
-- changed meanwhile has other parts by now.  Answers with how many were kept.
CREATE FUNCTION ops.keep_embeddings(wanted bigint[], attempts integer[], parts bigint[],
	vectors json) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
DECLARE
	other text := current_setting('app.org_id', true);
	org uuid := (SELECT w.org_id FROM ops.embedding_wanted w WHERE w.id = wanted[1]);
	v real[];
	n integer := 0;
BEGIN
	IF org IS NULL THEN
		RETURN 0;
	END IF;
	PERFORM set_config('app.org_id', org::text, true);
	FOR i IN 1 .. cardinality(parts) LOOP
		v := crm.unit_vector(ARRAY(SELECT x::float8::real
			FROM json_array_elements_text(vectors->(i - 1)) x));
		UPDATE crm.context_embeddings e SET embedding = v, signs = crm.vector_signs(v),
			embedded_at = now()
		 WHERE e.org_id = org AND e.id = parts[i] AND v IS NOT NULL;
		n := n + CASE WHEN FOUND THEN 1 ELSE 0 END;
	END LOOP;
	-- Of a long row there may be more parts: those are next.
	UPDATE ops.embedding_wanted w SET attempts = 0, due_at = now()
	  FROM unnest(wanted, keep_embeddings.attempts) AS x (id, attempt)
	 WHERE w.id = x.id AND w.attempts = x.attempt AND EXISTS (SELECT
		FROM crm.context_embeddings e WHERE e.org_id = org AND e.resource = w.table_name
		AND e.row_id = w.row_id AND e.embedding IS NULL AND e.id <> ALL (parts));
	DELETE FROM ops.embedding_wanted w USING unnest(wanted, keep_embeddings.attempts) AS x (id, attempt)
	 WHERE w.id = x.id AND w.attempts = x.attempt;
	DELETE FROM ops.embedding_pause p WHERE p.org_id = org;
	PERFORM set_config('app.org_id', other, true);
	RETURN n;
END $$;

-- Nothing was fetched.  refused: these texts are at fault, and are given up
-- some day; else it is the provider or the key, and the organization waits.
CREATE FUNCTION ops.fail_embeddings(wanted bigint[], attempts integer[], refused boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ops, pg_temp AS $$
BEGIN
	IF refused THEN
		DELETE FROM ops.embedding_wanted w USING unnest(wanted, fail_embeddings.attempts) AS x (id, attempt)
		 WHERE w.id = x.id AND w.attempts = x.attempt AND x.attempt >= 5;
		UPDATE ops.embedding_wanted w SET due_at = now() + x.attempt * x.attempt * interval '1 second'
		  FROM unnest(wanted, fail_embeddings.attempts) AS x (id, attempt)
		 WHERE w.id = x.id AND w.attempts = x.attempt;
		RETURN;
	END IF;
	INSERT INTO ops.embedding_pause AS p (org_id, until, failures)
	SELECT w.org_id, now() + interval '5 seconds', 1 FROM ops.embedding_wanted w
	 WHERE w.id = wanted[1]
	ON CONFLICT ON CONSTRAINT embedding_pause_pkey DO UPDATE SET failures = p.failures + 1,
		until = now() + least(power(2, least(p.failures, 10)) * interval '5 seconds',
			interval '15 minutes');
	UPDATE ops.embedding_wanted w SET due_at = now(), attempts = x.attempt - 1
	  FROM unnest(wanted, fail_embeddings.attempts) AS x (id, attempt)
	 WHERE w.id = x.id AND w.attempts = x.attempt;
END $$;

GRANT EXECUTE ON FUNCTION
	ops.switch_assistant(boolean, text),
	ops.queue_embeddings(integer),
	ops.claim_embeddings(interval, integer),
	ops.keep_embeddings(bigint[], integer[], bigint[], json),
	ops.fail_embeddings(bigint[], integer[], boolean)
	TO tenantry_app;

-- Retrieval

GRANT SELECT (org_id, id, resource, row_id, part, content, model, embedding, signs)
	ON crm.context_embeddings TO tenantry_search;
CREATE POLICY search ON crm.context_embeddings FOR SELECT TO tenantry_search USING (true);
GRANT EXECUTE ON FUNCTION crm.unit_vector(real[]), crm.vector_signs(real[]) TO tenantry_search;

-- The name that the extension vector goes by, if there is one to be used.
CREATE FUNCTION crm.vector_schema() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT n.nspname FROM pg_catalog.pg_extension e
	  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
	 WHERE e.extname = 'vector' AND has_schema_privilege(n.oid, 'USAGE')
$$;
GRANT EXECUTE ON FUNCTION crm.vector_schema() TO tenantry_app, tenantry_search;

-- The parts of the organization's rows that are most like the query, best
-- first, by the cosine of the angle between them; of one model, unless null is
-- said of it, and always of the query's dimension.  It looks without row
-- security, under which the operators could use no index, and names the
-- organization itself.  Without the extension SQL compares: all of them up to
-- 5,000 parts, of more the 5,000 whose signs are most like the query's.
CREATE FUNCTION crm.match_context_embeddings(query_embedding real[],
	match_threshold double precision, match_count integer, of_model text DEFAULT NULL,
	of_resources text[] DEFAULT NULL)
RETURNS TABLE (id bigint, resource text, row_id bigint, part integer, content text,
	similarity double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	q real[] := crm.unit_vector(query_embedding);
	q_signs bit varying := crm.vector_signs(q);
	vectors text := crm.vector_schema();
BEGIN
	IF q IS NULL OR match_count IS NULL OR match_count < 1 THEN
		RETURN;
	END IF;
	IF vectors IS NOT NULL THEN
		RETURN QUERY EXECUTE format('SELECT x.id, x.resource, x.row_id, x.part, x.content, x.s '
			'FROM (SELECT e.id, e.resource, e.row_id, e.part, e.content, -(e.embedding::%1$I.vector OPERATOR(%1$I.<#>) $2::%1$I.vector) '
			'AS s FROM crm.context_embeddings e WHERE e.org_id = $1 '
			'AND length(e.signs) = length($3) AND ($4 IS NULL OR e.model = $4) '
			'AND ($5 IS NULL OR e.resource = ANY ($5)) OFFSET 0) x '
			'WHERE x.s >= $6 ORDER BY x.s DESC, x.id LIMIT $7', vectors)
			USING org, q, q_signs, of_model, of_resources,
				coalesce(match_threshold, -1), match_count;
		RETURN;
	END IF;
	RETURN QUERY SELECT x.id, x.resource, x.row_id, x.part, x.content, x.s
	  FROM (SELECT n.*, (SELECT sum(a::float8 * b) FROM unnest(n.embedding, q) u (a, b)) AS s
		  FROM (SELECT e.id, e.resource, e.row_id, e.part, e.content, e.embedding
			  FROM crm.context_embeddings e
			 WHERE e.org_id = org AND length(e.signs) = length(q_signs)
			   AND (of_model IS NULL OR e.model = of_model)
			   AND (of_resources IS NULL OR e.resource = ANY (of_resources))
			 ORDER BY bit_count(e.signs # q_signs) LIMIT 5000) n OFFSET 0) x
	 WHERE x.s >= coalesce(match_threshold, -1) ORDER BY x.s DESC, x.id LIMIT match_count;
END $$;
GRANT CREATE ON SCHEMA crm TO tenantry_search;
ALTER FUNCTION crm.match_context_embeddings(real[], double precision, integer, text, text[])
	OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;
GRANT EXECUTE ON FUNCTION crm.match_context_embeddings(real[], double precision, integer, text,
	text[]) TO tenantry_app;

-- Rows of the caller's that fit, best first, each once: by the vector of the
-- question, or by its words where there is none.  What is shown is what the
-- row says now, to whoever may read it.
CREATE FUNCTION crm.assistant_context(question text, vector real[], of_model text,
	threshold double precision, most integer, of_resources text[]) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found json;
BEGIN
	IF vector IS NOT NULL THEN
		SELECT json_agg(y) INTO found FROM (
			SELECT x.resource, x.row_id AS id, split_part(x.document, E'\n', 1) AS title,
				p.content AS snippet, round(x.similarity::numeric, 4) AS score
			  FROM (SELECT DISTINCT ON (m.resource, m.row_id) m.*,
					crm.context_document(m.resource, m.row_id) AS document
				  FROM crm.match_context_embeddings(vector, threshold, most * 3, of_model,
					of_resources) m
				 ORDER BY m.resource, m.row_id, m.similarity DESC) x
			  JOIN LATERAL crm.context_parts(x.document) p ON p.part = x.part
			 ORDER BY x.similarity DESC, x.row_id LIMIT most) y;
	ELSE
		SELECT json_agg(y) INTO found FROM (
			SELECT f.kind AS resource, f.id, split_part(d, E'\n', 1) AS title,
				p.content AS snippet, round(f.score::numeric, 4) AS score
			  FROM crm.find_documents(question, coalesce(of_resources, ARRAY['contacts',
				'companies', 'deals', 'contact_notes', 'deal_notes']), most) f,
				LATERAL crm.context_document(f.kind, f.id) d
			  JOIN LATERAL crm.context_parts(d) p ON p.part = 0
			 ORDER BY f.score DESC, f.id DESC LIMIT most) y;
	END IF;
	RETURN json_build_object('via', CASE WHEN vector IS NULL THEN 'words' ELSE 'vectors' END,
		'results', coalesce(found, '[]'));
END $$;

-- Tools

-- No argument says whose rows are meant: those of the caller's organization,
-- always.
CREATE FUNCTION crm.check_arguments(arguments json, VARIADIC known text[]) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	name text;
BEGIN
	IF json_typeof(arguments) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION 'arguments: an object' USING ERRCODE = 'ZH422';
	END IF;
	FOR name IN SELECT json_object_keys(arguments) LOOP
		IF name <> ALL (known) THEN
			RAISE EXCEPTION '%: there is no such argument', name USING ERRCODE = 'ZH422';
		END IF;
	END LOOP;
END $$;

-- A whole number among them, or null.
CREATE FUNCTION crm.whole_argument(arguments json, name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	value text := arguments->>name;
BEGIN
	IF value !~ '^[0-9]{1,16}$' THEN
		RAISE EXCEPTION '%: a whole number', name USING ERRCODE = 'ZH422';
	END IF;
	RETURN value;
END $$;

CREATE FUNCTION crm.limit_argument(arguments json) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
	SELECT least(coalesce(crm.whole_argument(arguments, 'limit'), 20), 50)
$$;

-- What a tool that reads finds, as the caller; a row that is not theirs is not
-- there.
CREATE FUNCTION crm.run_tool(tool text, arguments json) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	wanted bigint;
	found jsonb;
BEGIN
	IF tool = 'get_record' THEN
		PERFORM crm.check_arguments(arguments, 'resource', 'id');
		wanted := crm.whole_argument(arguments, 'id');
		CASE arguments->>'resource'
		WHEN 'contacts' THEN
			found := (SELECT to_jsonb(r) - '{email_fts,phone_fts}'::text[]
				FROM crm.contacts_summary r WHERE r.id = wanted);
		WHEN 'companies' THEN
			found := (SELECT to_jsonb(r) FROM crm.companies_summary r WHERE r.id = wanted);
		WHEN 'deals' THEN
			found := (SELECT to_jsonb(r) - 'org_id' FROM crm.deals r
				WHERE r.org_id = org AND r.id = wanted);
		WHEN 'contact_notes' THEN
			found := (SELECT to_jsonb(r) - 'org_id' FROM crm.contact_notes r
				WHERE r.org_id = org AND r.id = wanted);
		WHEN 'deal_notes' THEN
			found := (SELECT to_jsonb(r) - 'org_id' FROM crm.deal_notes r
				WHERE r.org_id = org AND r.id = wanted);
		WHEN 'tasks' THEN
			found := (SELECT to_jsonb(r) - 'org_id' FROM crm.tasks r
				WHERE r.org_id = org AND r.id = wanted);
		ELSE
			RAISE EXCEPTION 'resource: contacts, companies, deals, contact_notes, deal_notes or tasks'
				USING ERRCODE = 'ZH422';
		END CASE;
		IF found IS NULL THEN
			RAISE EXCEPTION 'there is no such row' USING ERRCODE = 'ZH404';
		END IF;
	ELSIF tool = 'list_tasks' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'open', 'limit');
		wanted := crm.whole_argument(arguments, 'contact_id');
		SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id'), '[]') INTO found FROM (
			SELECT * FROM crm.tasks t WHERE t.org_id = org
			   AND (wanted IS NULL OR t.contact_id = wanted)
			   AND (arguments->>'open' IS DISTINCT FROM 'true' OR t.done_date IS NULL)
			 ORDER BY t.due_date, t.id LIMIT crm.limit_argument(arguments)) x;
	ELSIF tool = 'list_deals' THEN
		PERFORM crm.check_arguments(arguments, 'company_id', 'contact_id', 'stage', 'limit');
		wanted := crm.whole_argument(arguments, 'company_id');
		SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id'), '[]') INTO found FROM (
			SELECT * FROM crm.deals d WHERE d.org_id = org AND d.archived_at IS NULL
			   AND (wanted IS NULL OR d.company_id = wanted)
			   AND (arguments->>'contact_id' IS NULL
				OR crm.whole_argument(arguments, 'contact_id') = ANY (d.contact_ids))
			   AND (arguments->>'stage' IS NULL OR d.stage = arguments->>'stage')
			 ORDER BY d.created_at DESC, d.id LIMIT crm.limit_argument(arguments)) x;
	ELSIF tool = 'list_notes' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'deal_id', 'limit');
		wanted := crm.whole_argument(arguments, 'contact_id');
		IF wanted IS NOT NULL THEN
			SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id'), '[]') INTO found FROM (
				SELECT * FROM crm.contact_notes n WHERE n.org_id = org AND n.contact_id = wanted
				 ORDER BY n.date DESC NULLS LAST LIMIT crm.limit_argument(arguments)) x;
		ELSE
			wanted := crm.whole_argument(arguments, 'deal_id');
			SELECT coalesce(jsonb_agg(to_jsonb(x) - 'org_id'), '[]') INTO found FROM (
				SELECT * FROM crm.deal_notes n WHERE n.org_id = org AND n.deal_id = wanted
				 ORDER BY n.date DESC NULLS LAST LIMIT crm.limit_argument(arguments)) x;
		END IF;
	ELSE
		RAISE EXCEPTION 'there is no such tool' USING ERRCODE = 'ZH404';
	END IF;
	RETURN found;
END $$;

-- What a tool that writes would do: checked and kept for its author to confirm,
-- who has an hour.
CREATE FUNCTION crm.propose(tool text, arguments json) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	made crm.assistant_proposals;
	contact bigint;
	deal bigint;
BEGIN
	IF tool = 'create_task' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'text', 'type', 'due_date');
		contact := crm.whole_argument(arguments, 'contact_id');
		PERFORM (arguments->>'due_date')::timestamptz;
	ELSIF tool = 'add_note' THEN
		PERFORM crm.check_arguments(arguments, 'contact_id', 'deal_id', 'text');
		contact := crm.whole_argument(arguments, 'contact_id');
		deal := crm.whole_argument(arguments, 'deal_id');
	ELSE
		RAISE EXCEPTION 'there is no such tool' USING ERRCODE = 'ZH404';
	END IF;
	IF num_nonnulls(contact, deal) <> 1 THEN
		RAISE EXCEPTION 'contact_id: the row that it is about' USING ERRCODE = 'ZH422';
	ELSIF NOT EXISTS (SELECT FROM crm.contacts c WHERE c.org_id = org AND c.id = contact)
	    AND NOT EXISTS (SELECT FROM crm.deals d WHERE d.org_id = org AND d.id = deal) THEN
		RAISE EXCEPTION 'there is no such row' USING ERRCODE = 'ZH404';
	ELSIF coalesce(char_length(trim(arguments->>'text')), 0) NOT BETWEEN 1 AND 20000 THEN
		RAISE EXCEPTION 'text: 1 to 20000 characters' USING ERRCODE = 'ZH422';
	END IF;
	DELETE FROM crm.assistant_proposals p WHERE p.expires_at <= now();
	IF (SELECT count(*) FROM crm.assistant_proposals) >= 100 THEN
		RAISE EXCEPTION 'a hundred proposals wait to be confirmed' USING ERRCODE = 'ZH422';
	END IF;
	INSERT INTO crm.assistant_proposals (tool, arguments) VALUES (tool, arguments)
	RETURNING * INTO made;
	RETURN json_build_object('id', made.id, 'tool', made.tool, 'arguments', made.arguments,
		'expires_at', made.expires_at);
END $$;

-- Does what was proposed to the caller, once, by the caller's rights of now.
CREATE FUNCTION crm.confirm_proposal(proposal bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	p crm.assistant_proposals;
	made jsonb;
	resource text;
BEGIN
	DELETE FROM crm.assistant_proposals x WHERE x.id = proposal AND x.expires_at > now()
		AND x.user_id = current_setting('app.user_id', true)
	RETURNING * INTO p;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no such proposal' USING ERRCODE = 'ZH404';
	END IF;
	IF p.tool = 'create_task' THEN
		resource := 'tasks';
		INSERT INTO crm.tasks AS t (contact_id, text, type, due_date)
		VALUES ((p.arguments->>'contact_id')::bigint, p.arguments->>'text',
			coalesce(p.arguments->>'type', 'none'), (p.arguments->>'due_date')::timestamptz)
		RETURNING to_jsonb(t) INTO made;
	ELSIF p.arguments ? 'contact_id' THEN
		resource := 'contact_notes';
		INSERT INTO crm.contact_notes AS n (contact_id, text)
		VALUES ((p.arguments->>'contact_id')::bigint, p.arguments->>'text')
		RETURNING to_jsonb(n) INTO made;
	ELSE
		resource := 'deal_notes';
		INSERT INTO crm.deal_notes AS n (deal_id, text)
		VALUES ((p.arguments->>'deal_id')::bigint, p.arguments->>'text')
		RETURNING to_jsonb(n) INTO made;
	END IF;
	RETURN json_build_object('resource', resource, 'row', made - 'org_id');
END $$;

CREATE FUNCTION crm.reject_proposal(proposal bigint) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM crm.assistant_proposals x WHERE x.id = proposal;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no such proposal' USING ERRCODE = 'ZH404';
	END IF;
	RETURN json_build_object('id', proposal);
END $$;

CREATE FUNCTION crm.own_proposals() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_object('id', p.id, 'tool', p.tool,
		'arguments', p.arguments, 'expires_at', p.expires_at) ORDER BY p.id), '[]')::text
	  FROM crm.assistant_proposals p WHERE p.expires_at > now()
$$;

GRANT EXECUTE ON FUNCTION
	crm.reject_proposal(bigint),
	crm.own_proposals(),
	crm.assistant_context(text, real[], text, double precision, integer, text[]),
	crm.check_arguments(json, text[]),
	crm.whole_argument(json, text),
	crm.limit_argument(json),
	crm.run_tool(text, json),
	crm.propose(text, json),
	crm.confirm_proposal(bigint)
	TO tenantry_app;

-- Keys: written, and read by the worker that asks the provider with them.

-- Keeps the caller's key, or that of the organization; null takes it away.
CREATE FUNCTION identity.set_assistant_key(sealed text, shared boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
	owner text := CASE WHEN NOT shared THEN current_setting('app.user_id') END;
BEGIN
	IF shared AND current_setting('app.role', true) NOT IN ('owner', 'admin') THEN
		RAISE EXCEPTION 'your role does not allow this' USING ERRCODE = 'ZH422';
	ELSIF sealed IS NULL THEN
		DELETE FROM identity.assistant_key k
		 WHERE k.organization_id = org AND k.user_id IS NOT DISTINCT FROM owner;
	ELSE
		INSERT INTO identity.assistant_key AS k (organization_id, user_id, sealed)
		VALUES (org, owner, set_assistant_key.sealed)
		ON CONFLICT ON CONSTRAINT assistant_key_owner
			DO UPDATE SET sealed = excluded.sealed, created_at = now();
	END IF;
	-- A provider that refused the old key is asked at once.
	IF shared THEN
		DELETE FROM ops.embedding_pause p WHERE p.org_id = org;
	END IF;
	RETURN json_build_object('set', set_assistant_key.sealed IS NOT NULL);
END $$;

-- Those that the caller's questions may be asked with, sealed.
CREATE FUNCTION identity.assistant_keys() RETURNS TABLE (own text, shared text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = identity, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
	own := (SELECT k.sealed FROM identity.assistant_key k WHERE k.organization_id = org
		AND k.user_id = current_setting('app.user_id', true));
	shared := (SELECT k.sealed FROM identity.assistant_key k WHERE k.organization_id = org
		AND k.user_id IS NULL);
	RETURN NEXT;
END $$;

-- How far the index of the caller's organization has come.
CREATE FUNCTION crm.assistant_status() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
BEGIN
	RETURN json_build_object(
		'indexing', EXISTS (SELECT FROM ops.assistant_on),
		'parts', (SELECT count(*) FROM crm.context_embeddings e
			WHERE e.org_id = org AND e.embedding IS NOT NULL),
		'waiting', (SELECT count(*) FROM ops.embedding_wanted w WHERE w.org_id = org),
		'paused_until', (SELECT p.until FROM ops.embedding_pause p
			WHERE p.org_id = org AND p.until > now()),
		'search', CASE WHEN crm.vector_schema() IS NULL THEN 'sql' ELSE 'pgvector' END,
		'keys', (SELECT json_build_object('own', k.own IS NOT NULL,
			'organization', k.shared IS NOT NULL) FROM identity.assistant_keys() k));
END $$;

GRANT EXECUTE ON FUNCTION
	identity.set_assistant_key(text, boolean),
	identity.assistant_keys(),
	crm.assistant_status()
	TO tenantry_app;
