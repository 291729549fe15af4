-- Columns that are not imported
-- kind: note

SELECT x.name, x.found FROM (
	SELECT format('%s.%s', c.relname, a.attname) AS name, format('%s rows have a value, which stays in the source',
		(xpath('/row/n/text()', query_to_xml(format('SELECT count(%I) AS n FROM %s', a.attname, c.oid::regclass),
			false, true, '')))[1]::text) AS found
	  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
	  JOIN (VALUES ('sales', 'id,first_name,last_name,email,administrator,user_id,avatar,disabled'),
		('tags', 'id,name,color'),
		('companies', 'id,created_at,name,sector,size,linkedin_url,website,phone_number,address,zipcode,city,state_abbr,stateAbbr,'
			'sales_id,context_links,country,description,revenue,tax_identifier,logo'),
		('contacts', 'id,first_name,last_name,gender,title,background,avatar,first_seen,last_seen,has_newsletter,status,tags,'
			'company_id,sales_id,linkedin_url,email_jsonb,phone_jsonb,email,phone_1_number,phone_1_type,phone_2_number,phone_2_type'),
		('contact_notes', 'id,contact_id,text,date,sales_id,status,attachments'),
		('deals', 'id,name,company_id,contact_ids,category,stage,description,amount,created_at,updated_at,archived_at,'
			'expected_closing_date,sales_id,index'),
		('deal_notes', 'id,deal_id,type,text,date,sales_id,attachments'),
		('tasks', 'id,contact_id,type,text,due_date,done_date,sales_id'),
		('configuration', 'id,config')) k (name, columns)
	    ON k.name = CASE c.relname WHEN 'contactNotes' THEN 'contact_notes' WHEN 'dealNotes' THEN 'deal_notes' ELSE c.relname END
	   AND a.attname <> ALL (string_to_array(k.columns, ','))
	 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT')) x
 WHERE x.found NOT LIKE '0 rows%' ORDER BY 1
