-- Timelines of created rows, newest first.
-- needs: crm/module.sql

-- Contains created records, newest first. Each branch is in the order of its index and contains only the position in
-- time, so a page is a merge of five index scans. Then the rows are looked up.
CREATE OR REPLACE VIEW crm.activity_log WITH (security_invoker) AS
SELECT a.kind || '.' || a.row_id || '.created' AS id, a.kind || '.created' AS type, a.date,
	a.company_id, a.sales_id,
	CASE a.kind WHEN 'company' THEN (SELECT (to_jsonb(r) - '{org_id,custom}'::text[])::json
		FROM crm.companies r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS company,
	CASE a.kind WHEN 'contact' THEN (SELECT
		(to_jsonb(r) - '{org_id,email_fts,phone_fts,custom}'::text[])::json
		FROM crm.contacts r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact,
	CASE a.kind WHEN 'deal' THEN (SELECT (to_jsonb(r) - '{org_id,custom}'::text[]
		- (SELECT crm.hidden_columns('deals')))::json FROM crm.deals r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal,
	CASE a.kind WHEN 'contactNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.contact_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact_note,
	CASE a.kind WHEN 'dealNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.deal_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal_note
  FROM (
	(SELECT 'company' AS kind, c.org_id, c.id AS row_id, c.created_at AS date,
		c.id AS company_id, c.sales_id
	  FROM crm.companies c ORDER BY c.created_at DESC NULLS LAST)
	UNION ALL
	(SELECT 'contact' AS kind, c.org_id, c.id, c.first_seen, c.company_id, c.sales_id
	  FROM crm.contacts c ORDER BY c.first_seen DESC NULLS LAST)
	UNION ALL
	(SELECT 'contactNote' AS kind, n.org_id, n.id, n.date, (SELECT c.company_id FROM crm.contacts c
		WHERE c.org_id = n.org_id AND c.id = n.contact_id), n.sales_id
	  FROM crm.contact_notes n ORDER BY n.date DESC NULLS LAST)
	UNION ALL
	(SELECT 'deal' AS kind, d.org_id, d.id, d.created_at, d.company_id, d.sales_id
	  FROM crm.deals d ORDER BY d.created_at DESC NULLS LAST)
	UNION ALL
	(SELECT 'dealNote' AS kind, n.org_id, n.id, n.date, (SELECT d.company_id FROM crm.deals d
		WHERE d.org_id = n.org_id AND d.id = n.deal_id), n.sales_id
	  FROM crm.deal_notes n ORDER BY n.date DESC NULLS LAST)) a;
GRANT SELECT ON crm.activity_log TO tenantry_app, tenantry_mcp, tenantry_mcp_writer;

-- Contains the rows of crm.activity_log for one company. Its branches need no order, since they have few rows. It
-- repeats the look-up of the rows: tenantry_mcp, which reads crm.activity_log, may call few functions, and a join would
-- cost more for each row.
CREATE OR REPLACE VIEW crm.company_activity WITH (security_invoker) AS
SELECT a.kind || '.' || a.row_id || '.created' AS id, a.kind || '.created' AS type, a.date,
	a.company_id, a.sales_id,
	CASE a.kind WHEN 'company' THEN (SELECT (to_jsonb(r) - '{org_id,custom}'::text[])::json
		FROM crm.companies r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS company,
	CASE a.kind WHEN 'contact' THEN (SELECT
		(to_jsonb(r) - '{org_id,email_fts,phone_fts,custom}'::text[])::json
		FROM crm.contacts r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact,
	CASE a.kind WHEN 'deal' THEN (SELECT (to_jsonb(r) - '{org_id,custom}'::text[]
		- (SELECT crm.hidden_columns('deals')))::json FROM crm.deals r WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal,
	CASE a.kind WHEN 'contactNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.contact_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS contact_note,
	CASE a.kind WHEN 'dealNote' THEN (SELECT (to_jsonb(r) - 'org_id')::json
		FROM crm.deal_notes r
		WHERE r.org_id = a.org_id AND r.id = a.row_id) END AS deal_note
  FROM (
	SELECT 'company' AS kind, c.org_id, c.id AS row_id, c.created_at AS date,
		c.id AS company_id, c.sales_id
	  FROM crm.companies c
	UNION ALL
	SELECT 'contact' AS kind, c.org_id, c.id, c.first_seen, c.company_id, c.sales_id
	  FROM crm.contacts c
	UNION ALL
	SELECT 'contactNote' AS kind, n.org_id, n.id, n.date, c.company_id, n.sales_id
	  FROM crm.contacts c JOIN crm.contact_notes n
		ON n.org_id = c.org_id AND n.contact_id = c.id
	UNION ALL
	SELECT 'deal' AS kind, d.org_id, d.id, d.created_at, d.company_id, d.sales_id
	  FROM crm.deals d
	UNION ALL
	SELECT 'dealNote' AS kind, n.org_id, n.id, n.date, d.company_id, n.sales_id
	  FROM crm.deals d JOIN crm.deal_notes n
		ON n.org_id = d.org_id AND n.deal_id = d.id) a;
GRANT SELECT ON crm.company_activity TO tenantry_app;

CREATE OR REPLACE VIEW crm.timeline WITH (security_invoker) AS
(SELECT 'activities.' || a.id AS id, 'activities' AS resource, a.id AS row_id, a.type,
	a.occurred_at AS date, a.subject, a.body AS text, a.contact_id, a.deal_id, a.sales_id,
	NULL::timestamptz AS done_date
  FROM crm.activities a ORDER BY a.occurred_at DESC NULLS LAST)
UNION ALL
(SELECT 'contact_notes.' || n.id, 'contact_notes', n.id, 'note', n.date, NULL, n.text,
	n.contact_id, NULL, n.sales_id, NULL
  FROM crm.contact_notes n ORDER BY n.date DESC NULLS LAST)
UNION ALL
(SELECT 'deal_notes.' || n.id, 'deal_notes', n.id, 'note', n.date, NULL, n.text, NULL,
	n.deal_id, n.sales_id, NULL
  FROM crm.deal_notes n ORDER BY n.date DESC NULLS LAST)
UNION ALL
(SELECT 'tasks.' || t.id, 'tasks', t.id, 'task', t.due_date, t.type, t.text, t.contact_id, NULL,
	t.sales_id, t.done_date
  FROM crm.tasks t ORDER BY t.due_date DESC NULLS LAST);
GRANT SELECT ON crm.timeline TO tenantry_app;

-- Contains the rows of crm.timeline for one contact or deal. Its branches need no order, since they have few rows.
CREATE OR REPLACE VIEW crm.own_timeline WITH (security_invoker) AS
SELECT 'activities.' || a.id AS id, 'activities' AS resource, a.id AS row_id, a.type,
	a.occurred_at AS date, a.subject, a.body AS text, a.contact_id, a.deal_id, a.sales_id,
	NULL::timestamptz AS done_date
  FROM crm.activities a
UNION ALL
SELECT 'contact_notes.' || n.id, 'contact_notes', n.id, 'note', n.date, NULL, n.text,
	n.contact_id, NULL, n.sales_id, NULL
  FROM crm.contact_notes n
UNION ALL
SELECT 'deal_notes.' || n.id, 'deal_notes', n.id, 'note', n.date, NULL, n.text, NULL,
	n.deal_id, n.sales_id, NULL
  FROM crm.deal_notes n
UNION ALL
SELECT 'tasks.' || t.id, 'tasks', t.id, 'task', t.due_date, t.type, t.text, t.contact_id, NULL,
	t.sales_id, t.done_date
  FROM crm.tasks t;
GRANT SELECT ON crm.own_timeline TO tenantry_app;
