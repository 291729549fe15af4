-- The resource companies. Counts are subqueries, which are computed only for the rows of a page; a join with two
-- child tables would multiply rows.
-- needs: crm/company.sql ops/catalogue.sql

SELECT ops.describe_resource('companies', $${
	"table": "crm.companies",
	"view": "crm.companies_summary",
	"search": "crm.search_companies",
	"total": "companies",
	"trash": true,
	"feed": true,
	"assistant": true,
	"custom": true,
	"grants": {"actions": ["read", "create", "update", "delete", "export", "import"], "limits": true},
	"fields": {
		"id": {},
		"created_at": {"label": {"en": "Created", "fr": "Créée le"}, "kind": "date",
			"write": "once", "not_null": true, "import": ["created", "createdon"]},
		"updated_at": {"not_null": true},
		"name": {"searched": "title", "write": "always", "collated": true, "import": [
			"company", "companyname", "organization", "organisation", "accountname", "societe", "nomdelentreprise",
			"entreprise", "firma", "firmenname", "unternehmen", "unternehmensname", "empresa", "nombredelaempresa",
			"nombre", "nom"]},
		"sector": {"label": {"en": "Sector", "fr": "Secteur"},
			"searched": "body", "write": "always", "import": [
			"industry", "branche", "secteur", "secteurdactivite", "industrie", "sectorindustrial", "industria"]},
		"size": {"write": "always", "import": [
			"employees", "numberofemployees", "mitarbeiterzahl", "anzahldermitarbeiter", "mitarbeiter", "effectif",
			"nombredemployes", "numerodeempleados", "empleados"]},
		"linkedin_url": {"kind": "url",
			"write": "always", "limit": 2000, "import": ["linkedin", "linkedinurl"]},
		"website": {"label": {"en": "Website", "fr": "Site web"}, "kind": "url",
			"searched": "body", "write": "always", "ignore_case": true, "limit": 2000, "import": [
			"url", "web", "site", "websiteurl", "webpage", "webseite", "companydomainname", "siteweb", "paginaweb",
			"sitioweb", "domain"]},
		"phone_number": {"label": {"en": "Phone", "fr": "Téléphone"}, "kind": "phone",
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"phone", "telephone", "tel", "telefon", "telefonnummer", "numerodetelephone", "telefono",
			"numerodetelefono"]},
		"address": {"searched": "body", "write": "always", "limit": 4000, "import": [
			"street", "streetaddress", "billingstreet", "adresse", "strasse", "rue", "direccion", "calle"]},
		"zipcode": {"label": {"en": "Postal code", "fr": "Code postal"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"zip", "postalcode", "postcode", "zippostalcode", "billingzippostalcode", "billingpostalcode",
			"billingcode", "postleitzahl", "plz", "codepostal", "codigopostal"]},
		"city": {"searched": "body", "write": "always", "limit": 2000, "import": [
			"town", "billingcity", "ville", "stadt", "ort", "ciudad"]},
		"state_abbr": {"label": {"en": "State", "fr": "État"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"state", "region", "province", "stateregion", "billingstate", "billingstateprovince", "bundesland",
			"provincia"]},
		"sales_id": {"write": "always", "import": [], "refers": "sales"},
		"context_links": {"label": {"en": "Links", "fr": "Liens"}, "kind": "urls",
			"write": "always", "limit": 65536, "import": []},
		"country": {"label": {"en": "Country", "fr": "Pays"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"pays", "land", "countryregion", "billingcountry", "landregion", "paysregion", "pais"]},
		"description": {"kind": "longtext",
			"searched": "body", "write": "always", "limit": 65536, "import": ["notes", "beschreibung", "descripcion"]},
		"revenue": {"label": {"en": "Revenue", "fr": "Chiffre d’affaires"},
			"write": "always", "limit": 2000, "import": [
			"turnover", "annualrevenue", "jahresumsatz", "umsatz", "chiffredaffaires", "ingresosanuales"]},
		"tax_identifier": {"label": {"en": "Tax number", "fr": "Numéro fiscal"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"vat", "vatnumber", "taxid", "siren", "ustidnr", "umsatzsteuerid", "numerotva", "nif", "cif"]},
		"logo": {"label": {"en": "Logo", "fr": "Logo"}, "write": "always", "form": "picture", "limit": 8192},
		"nb_deals": {"label": {"en": "Deals", "fr": "Affaires"},
			"sql": "(SELECT count(*) FROM crm.deals d WHERE d.org_id = t.org_id AND d.company_id = t.id)"},
		"nb_contacts": {"label": {"en": "Contacts", "fr": "Contacts"},
			"sql": "(SELECT count(*) FROM crm.contacts k WHERE k.org_id = t.org_id AND k.company_id = t.id)"},
		"custom": {"label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by their keys."}
	}
}$$);
