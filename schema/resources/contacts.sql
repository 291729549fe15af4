-- The resource contacts.
-- needs: ops/catalogue.sql crm/contact.sql

SELECT ops.describe_resource('contacts', $${
	"also": "crm/contacts",
	"table": "crm.contacts",
	"view": "crm.contacts_summary",
	"search": "crm.search_contacts",
	"total": "contacts",
	"trash": true,
	"export": {"view": "crm.contacts_export", "columns": [
		{"name": "tags"},
		{"name": "tag_names", "title": "tags", "resource": "tags", "after": "tags", "type": "text"},
		{"name": "tag_list", "after": "tags", "type": "json"},
		{"name": "email_fts"},
		{"name": "phone_fts"},
		{"name": "company", "title": "company", "type": "text"},
		{"name": "sales", "title": "sales", "resource": "sales", "type": "text"},
		{"name": "email_work", "title": "email_work", "type": "text"},
		{"name": "email_home", "title": "email_home", "type": "text"},
		{"name": "email_other", "title": "email_other", "type": "text"},
		{"name": "phone_work", "title": "phone_work", "type": "text"},
		{"name": "phone_home", "title": "phone_home", "type": "text"},
		{"name": "phone_other", "title": "phone_other", "type": "text"},
		{"name": "card_uid", "type": "text"},
		{"name": "photo", "type": "json"}]},
	"fields": {
		"id": {},
		"first_name": {"write": "always", "collated": true, "rules": ["compare", "set", "quote"], "import": [
			"givenname", "forename", "prenom", "vorname", "nombre"]},
		"last_name": {"write": "always", "collated": true, "rules": ["compare", "set", "quote"], "import": [
			"surname", "familyname", "nom", "nomdefamille", "nachname", "apellidos", "apellido"]},
		"gender": {"write": "always", "limit": 2000, "rules": ["compare", "set"], "import": [
			"sex", "geschlecht", "sexe", "sexo"]},
		"title": {"write": "always", "limit": 2000, "rules": ["compare", "set", "quote"], "import": [
			"jobtitle", "organizationtitle", "organization1title", "position", "berufsbezeichnung",
			"stellenbezeichnung", "fonction", "poste", "intituledeposte", "intituleduposte", "cargo", "puesto",
			"puestodetrabajo", "title", "titre", "titel", "role"]},
		"background": {"write": "always", "limit": 65536, "rules": ["compare", "set"], "import": [
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
		"linkedin_url": {"write": "always", "limit": 2000, "rules": ["compare", "set"], "import": [
			"linkedin", "linkedinurl"]},
		"email_jsonb": {"write": "always", "ignore_case": true, "limit": 32768, "import": []},
		"phone_jsonb": {"write": "always", "limit": 32768, "import": []},
		"email_fts": {"ignore_case": true, "rules": ["compare"]},
		"phone_fts": {"rules": ["compare"]},
		"company_name": {},
		"nb_tasks": {},
		"metadata": {"write": "always", "form": "object", "import": []},
		"created_at": {"not_null": true},
		"updated_at": {"not_null": true}
	}
}$$);
