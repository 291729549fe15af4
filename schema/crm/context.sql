-- The text of rows and their embeddings, which the assistant searches.
-- needs: crm/deal.sql

-- Returns the text of a row, with its title in the first line, or null for a missing row. Includes only data that the
-- caller may read. Addresses and telephone numbers of people are omitted, since the text is sent to the provider.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.context_document(resource text, row_id bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
	org uuid := ops.org();
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

-- Splits a document into overlapping parts, each with the title.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.context_parts(document text) RETURNS TABLE (part integer, content text)
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

-- Queues changed rows for new embeddings and deletes the embeddings of deleted rows. The trigger only writes one row of
-- the queue, so that the writer does not wait for the embedding.
CREATE OR REPLACE FUNCTION crm.context_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	said uuid;
BEGIN
	IF TG_OP <> 'DELETE' THEN
		IF crm.uses(NEW.org_id, 'assistant') THEN
			PERFORM ops.enqueue('embeddings', NEW.org_id, TG_TABLE_NAME || '/' || NEW.id);
		END IF;
		RETURN NULL;
	END IF;
	said := ops.org();
	IF said IS DISTINCT FROM OLD.org_id THEN
		PERFORM ops.set_org(OLD.org_id);
	END IF;
	DELETE FROM crm.context_embeddings e WHERE e.org_id = OLD.org_id
		AND e.resource = TG_TABLE_NAME::text AND e.row_id = OLD.id;
	PERFORM ops.dequeue('embeddings', OLD.org_id, TG_TABLE_NAME || '/' || OLD.id);
	IF said IS DISTINCT FROM OLD.org_id THEN
		PERFORM ops.set_org(said);
	END IF;
	RETURN NULL;
END $$;

-- Returns a vector scaled to length 1, or null for the zero vector.
-- callers: tenantry_search
CREATE OR REPLACE FUNCTION crm.unit_vector(v real[]) RETURNS real[]
LANGUAGE sql IMMUTABLE AS $$
	SELECT array_agg((x / norm)::real ORDER BY n)
	  FROM unnest(v) WITH ORDINALITY AS u (x, n),
		(SELECT sqrt(sum(y::float8 * y)) AS norm FROM unnest(v) y) s
	 WHERE norm > 0 AND norm < 'Infinity'
$$;

-- callers: tenantry_search
CREATE OR REPLACE FUNCTION crm.vector_signs(v real[]) RETURNS bit varying
LANGUAGE sql IMMUTABLE AS $$
	SELECT string_agg(CASE WHEN x < 0 THEN '1' ELSE '0' END, '' ORDER BY n)::bit varying
	  FROM unnest(v) WITH ORDINALITY AS u (x, n)
$$;

-- Returns the schema of the vector extension, or null if it is not installed.
-- callers: tenantry_app, tenantry_mcp_writer, tenantry_search
CREATE OR REPLACE FUNCTION crm.vector_schema() RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT n.nspname FROM pg_catalog.pg_extension e
	  JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
	 WHERE e.extname = 'vector' AND has_schema_privilege(n.oid, 'USAGE')
$$;

-- Returns the parts with the highest cosine similarity to the query, best first. The parts belong to one model (null:
-- any model), and have the dimension of the query. The function filters by organization, as the policy of the table
-- does. Without the extension, SQL compares up to 5,000 parts: all of them, or those with the closest signs.
-- callers: tenantry_app
CREATE OR REPLACE FUNCTION crm.match_context_embeddings(query_embedding real[],
	match_threshold double precision, match_count integer, of_model text DEFAULT NULL,
	of_resources text[] DEFAULT NULL)
RETURNS TABLE (id bigint, resource text, row_id bigint, part integer, content text,
	similarity double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = crm, pg_temp AS $$
DECLARE
	org uuid := ops.org();
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
ALTER FUNCTION crm.match_context_embeddings(real[], double precision, integer, text, text[]) OWNER TO tenantry_search;
REVOKE CREATE ON SCHEMA crm FROM tenantry_search;

-- Returns the rows that match a question, each once, best first: by embedding, or by words if there is no embedding.
-- The texts are current, and only rows that the caller may read are included.
-- callers: tenantry_app, tenantry_mcp_writer
CREATE OR REPLACE FUNCTION crm.assistant_context(question text, vector real[], of_model text,
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
				  FROM crm.match_context_embeddings(vector, threshold,
						CASE WHEN ops.reads_all(current_setting('app.grants', true)) THEN most * 3 ELSE 1000 END, of_model,
					of_resources) m
				 ORDER BY m.resource, m.row_id, m.similarity DESC) x
			  JOIN LATERAL crm.context_parts(x.document) p ON p.part = x.part
			 ORDER BY x.similarity DESC, x.row_id LIMIT most) y;
	ELSE
		SELECT json_agg(y) INTO found FROM (
			SELECT f.kind AS resource, f.id, split_part(d, E'\n', 1) AS title,
				p.content AS snippet, round(f.score::numeric, 4) AS score
			  FROM crm.find_documents(question, coalesce(of_resources, ops.resources_with('assistant')),
				CASE WHEN ops.reads_all(current_setting('app.grants', true)) THEN most ELSE 1000 END) f,
				LATERAL crm.context_document(f.kind, f.id) d
			  JOIN LATERAL crm.context_parts(d) p ON p.part = 0
			 ORDER BY f.score DESC, f.id DESC LIMIT most) y;
	END IF;
	RETURN json_build_object('via', CASE WHEN vector IS NULL THEN 'words' ELSE 'vectors' END,
		'results', coalesce(found, '[]'));
END $$;

CREATE OR REPLACE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF first_name, last_name, title,
	background, status, company_id ON crm.contacts
	FOR EACH ROW EXECUTE FUNCTION crm.context_changed();

CREATE OR REPLACE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF name, sector, city, country, description
	ON crm.companies FOR EACH ROW EXECUTE FUNCTION crm.context_changed();

CREATE OR REPLACE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF name, company_id, stage, category,
	amount, description ON crm.deals
	FOR EACH ROW EXECUTE FUNCTION crm.context_changed();

CREATE OR REPLACE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF text, date, contact_id
	ON crm.contact_notes FOR EACH ROW EXECUTE FUNCTION crm.context_changed();

CREATE OR REPLACE TRIGGER context AFTER INSERT OR DELETE OR UPDATE OF text, date, deal_id
	ON crm.deal_notes FOR EACH ROW EXECUTE FUNCTION crm.context_changed();

DROP POLICY IF EXISTS readers ON crm.context_embeddings;
CREATE POLICY readers ON crm.context_embeddings FOR SELECT TO tenantry_app USING (true);

DROP POLICY IF EXISTS search ON crm.context_embeddings;
CREATE POLICY search ON crm.context_embeddings FOR SELECT TO tenantry_search
	USING (org_id = (SELECT nullif(current_setting('app.org_id', true), '')::uuid));
