-- The resource contacts. Its files have names in place of ids; a picture is in them if it is an uploaded file of at most 1 MiB.
-- needs: crm/contact.sql ops/catalogue.sql

SELECT ops.describe_resource('contacts', $${
	"also": "crm/contacts",
	"table": "crm.contacts",
	"view": "crm.contacts_summary",
	"search": "crm.search_contacts",
	"total": "contacts",
	"trash": true,
	"export": {"view": "crm.contacts_export", "columns": [
		{"name": "tags"},
		{"name": "tag_names", "title": "tags", "resource": "tags", "after": "tags", "type": "text",
			"sql": "(SELECT string_agg(g.name, ', ' ORDER BY x.place) FROM unnest(t.tags) WITH ORDINALITY x (id, place) JOIN crm.tags g ON g.id = x.id)"},
		{"name": "tag_list", "after": "tags", "type": "json",
			"sql": "(SELECT json_agg(g.name ORDER BY g.name) FROM crm.tags g WHERE g.id = ANY (t.tags))"},
		{"name": "email_fts"},
		{"name": "phone_fts"},
		{"name": "company", "title": "company", "type": "text", "sql": "t.company_name"},
		{"name": "sales", "title": "sales", "resource": "sales", "type": "text",
			"sql": "(SELECT concat_ws(' ', p.first_name, p.last_name) FROM crm.sales p WHERE p.id = t.sales_id)"},
		{"name": "email_work", "title": "email_work", "type": "text",
			"sql": "jsonb_path_query_first(t.email_jsonb, '$[*] ? (@.type == \"Work\").email') #>> '{}'"},
		{"name": "email_home", "title": "email_home", "type": "text",
			"sql": "jsonb_path_query_first(t.email_jsonb, '$[*] ? (@.type == \"Home\").email') #>> '{}'"},
		{"name": "email_other", "title": "email_other", "type": "text",
			"sql": "jsonb_path_query_first(t.email_jsonb, '$[*] ? (@.type == \"Other\").email') #>> '{}'"},
		{"name": "phone_work", "title": "phone_work", "type": "text",
			"sql": "jsonb_path_query_first(t.phone_jsonb, '$[*] ? (@.type == \"Work\").number') #>> '{}'"},
		{"name": "phone_home", "title": "phone_home", "type": "text",
			"sql": "jsonb_path_query_first(t.phone_jsonb, '$[*] ? (@.type == \"Home\").number') #>> '{}'"},
		{"name": "phone_other", "title": "phone_other", "type": "text",
			"sql": "jsonb_path_query_first(t.phone_jsonb, '$[*] ? (@.type == \"Other\").number') #>> '{}'"},
		{"name": "card_uid", "type": "text",
			"sql": "md5(concat_ws(' ', 'contact', current_setting('app.org_id', true), t.id::text))::uuid::text"},
		{"name": "photo", "type": "json",
			"sql": "crm.picture_of(t.avatar)"}]},
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import", "merge"], "limits": true},
	"fields": {
		"id": {},
		"first_name": {"searched": "title", "write": "always", "collated": true, "rules": ["compare", "set", "quote"], "import": [
			"givenname", "forename", "prenom", "vorname", "nombre"]},
		"last_name": {"searched": "title", "write": "always", "collated": true, "rules": ["compare", "set", "quote"], "import": [
			"surname", "familyname", "nom", "nomdefamille", "nachname", "apellidos", "apellido"]},
		"gender": {"write": "always", "limit": 2000, "rules": ["compare", "set"], "import": [
			"sex", "geschlecht", "sexe", "sexo"]},
		"title": {"searched": "body", "write": "always", "limit": 2000, "rules": ["compare", "set", "quote"], "import": [
			"jobtitle", "organizationtitle", "organization1title", "position", "berufsbezeichnung",
			"stellenbezeichnung", "fonction", "poste", "intituledeposte", "intituleduposte", "cargo", "puesto",
			"puestodetrabajo", "title", "titre", "titel", "role"]},
		"background": {"searched": "rest", "write": "always", "limit": 65536, "rules": ["compare", "set"], "import": [
			"backgroundinfo", "about", "bio", "notes", "note", "notizen", "notas", "description", "beschreibung",
			"descripcion"]},
		"avatar": {"write": "always", "form": "picture", "limit": 8192},
		"first_seen": {"write": "always", "rules": ["compare"], "import": []},
		"last_seen": {"write": "always", "rules": ["compare"], "import": []},
		"has_newsletter": {"write": "always", "rules": ["compare", "set"], "import": ["newsletter"]},
		"status": {"write": "always", "rules": ["compare", "set", "quote"], "import": []},
		"tags": {"write": "always", "rules": ["compare"], "import_as": "tags", "import": [
			"labels", "tag", "label", "categories", "category", "groupmembership", "kategorien", "kategorie",
			"etiquettes", "etiquette", "libelles", "libelle", "etiquetas", "etiqueta", "categorias"]},
		"company_id": {"write": "always", "rules": ["compare"], "import": [], "refers": "companies"},
		"sales_id": {"write": "always", "rules": ["compare"], "import": [], "refers": "sales"},
		"linkedin_url": {"searched": "rest", "write": "always", "limit": 2000, "rules": ["compare", "set"], "import": [
			"linkedin", "linkedinurl"]},
		"email_jsonb": {"searched": "body", "write": "always", "ignore_case": true, "limit": 32768, "import": []},
		"phone_jsonb": {"searched": "body", "write": "always", "limit": 32768, "import": []},
		"email_fts": {"ignore_case": true, "rules": ["compare"]},
		"phone_fts": {"rules": ["compare"]},
		"company_name": {"sql": "(SELECT o.name FROM crm.companies o WHERE o.org_id = t.org_id AND o.id = t.company_id)"},
		"nb_tasks": {"sql": "(SELECT count(*) FROM crm.tasks k WHERE k.org_id = t.org_id AND k.contact_id = t.id AND k.done_date IS NULL)"},
		"metadata": {"write": "always", "form": "object", "import": []},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
