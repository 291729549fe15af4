-- needs: ops/catalogue.sql crm/contact.sql resources/contacts.sql

SELECT ops.describe_resource('contacts_summary', $${
	"label": {"en": "Contacts summary", "fr": "Résumé des contacts"},
	"view": "crm.contacts_summary",
	"search": "crm.search_contact_names",
	"total": "contacts",
	"like": "contacts",
	"grants": {"as": "contacts"},
	"fields": {}
}$$);
