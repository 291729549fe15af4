-- The companies resource. Counts are subqueries, which are computed only for the rows of a page; a join with two
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
		"name": {"about": "The name of the company.", "unique_if": "uniqueCompanyNames",
			"searched": "title", "write": "always", "collated": true, "import": [
			"company", "companyname", "organization", "organisation", "accountname", "societe", "nomdelentreprise",
			"entreprise", "firma", "firmenname", "unternehmen", "unternehmensname", "empresa", "nombredelaempresa",
			"nombre", "nom"]},
		"sector": {"about": "The industry, one of companySectors in the configuration.", "schema": "CompanySectors",
			"label": {"en": "Sector", "fr": "Secteur"},
			"searched": "body", "write": "always", "import": [
			"industry", "branche", "secteur", "secteurdactivite", "industrie", "sectorindustrial", "industria"]},
		"size": {"about": "The lower end of the number of employees: 1, 10, 50, 250 or 500.", "schema": "CompanySizes",
			"write": "always", "form": "choice", "import": [
			"employees", "numberofemployees", "mitarbeiterzahl", "anzahldermitarbeiter", "mitarbeiter", "effectif",
			"nombredemployes", "numerodeempleados", "empleados"]},
		"linkedin_url": {"kind": "url",
			"write": "always", "limit": 2000, "import": ["linkedin", "linkedinurl"]},
		"website": {"about": "The address of the website.",
			"label": {"en": "Website", "fr": "Site web"}, "kind": "url", "unique_if": "uniqueCompanyDomains",
			"searched": "body", "write": "always", "ignore_case": true, "limit": 2000, "import": [
			"url", "web", "site", "websiteurl", "webpage", "webseite", "companydomainname", "siteweb", "paginaweb",
			"sitioweb", "domain"]},
		"phone_number": {"about": "The main telephone number.",
			"label": {"en": "Phone", "fr": "Téléphone"}, "kind": "phone",
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"phone", "telephone", "tel", "telefon", "telefonnummer", "numerodetelephone", "telefono",
			"numerodetelefono"]},
		"address": {"about": "The street and the house number.",
			"searched": "body", "write": "always", "limit": 4000, "import": [
			"street", "streetaddress", "billingstreet", "adresse", "strasse", "rue", "direccion", "calle"]},
		"zipcode": {"about": "The postal code of the address.",
			"label": {"en": "Postal code", "fr": "Code postal"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"zip", "postalcode", "postcode", "zippostalcode", "billingzippostalcode", "billingpostalcode",
			"billingcode", "postleitzahl", "plz", "codepostal", "codigopostal"]},
		"city": {"searched": "body", "write": "always", "limit": 2000, "import": [
			"town", "billingcity", "ville", "stadt", "ort", "ciudad"]},
		"state_abbr": {"about": "The state or province of the address.",
			"label": {"en": "State", "fr": "État"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"state", "region", "province", "stateregion", "billingstate", "billingstateprovince", "bundesland",
			"provincia"]},
		"sales_id": {"write": "always", "import": [], "refers": "sales"},
		"context_links": {"about": "Addresses of pages about the company. Null elements of a body are not stored.",
			"label": {"en": "Links", "fr": "Liens"}, "kind": "urls",
			"write": "always", "limit": 65536, "import": []},
		"country": {"about": "The country of the address, as a text.",
			"label": {"en": "Country", "fr": "Pays"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"pays", "land", "countryregion", "billingcountry", "landregion", "paysregion", "pais"]},
		"description": {"kind": "longtext",
			"searched": "body", "write": "always", "limit": 65536, "import": ["notes", "beschreibung", "descripcion"]},
		"revenue": {"about": "The yearly revenue, as a text.",
			"label": {"en": "Revenue", "fr": "Chiffre d’affaires"},
			"write": "always", "limit": 2000, "import": [
			"turnover", "annualrevenue", "jahresumsatz", "umsatz", "chiffredaffaires", "ingresosanuales"]},
		"tax_identifier": {"about": "The tax number, such as a VAT number.",
			"label": {"en": "Tax number", "fr": "Numéro fiscal"},
			"searched": "body", "write": "always", "limit": 2000, "import": [
			"vat", "vatnumber", "taxid", "siren", "ustidnr", "umsatzsteuerid", "numerotva", "nif", "cif"]},
		"logo": {"about": "The picture of the company.",
			"label": {"en": "Logo", "fr": "Logo"}, "write": "always", "form": "picture", "limit": 8192},
		"nb_deals": {"about": "The number of deals of the company that the caller can see.",
			"label": {"en": "Deals", "fr": "Affaires"},
			"sql": "(SELECT count(*) FROM crm.deals d WHERE d.org_id = t.org_id AND d.company_id = t.id)"},
		"nb_contacts": {"about": "The number of contacts of the company that the caller can see.",
			"label": {"en": "Contacts", "fr": "Contacts"},
			"sql": "(SELECT count(*) FROM crm.contacts k WHERE k.org_id = t.org_id AND k.company_id = t.id)"},
		"metadata": {"label": null, "write": "always", "form": "object", "limit": 16384, "import": []},
		"custom": {"label": null, "schema": "Object", "write": "always", "form": "custom", "about": "The values of the fields that the organization defines, by their keys."}
	}
}$$);
