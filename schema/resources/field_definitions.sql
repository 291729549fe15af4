-- The resource field_definitions: the fields that an organization defines.
-- needs: crm/custom_field.sql ops/catalogue.sql

SELECT ops.describe_resource('field_definitions', $${
	"label": {"en": "Fields", "fr": "Champs"},
	"table": "crm.field_definitions",
	"trash": true,
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"administrators": ["create", "update", "delete"],
	"fields": {
		"id": {},
		"resource": {"label": {"en": "Of", "fr": "De"}, "write": "once", "about": "The resource whose rows have the field, also an object, as custom_machines."},
		"label": {"label": {"en": "Name", "fr": "Nom"}, "write": "always", "about": "What people call it."},
		"key": {"label": {"en": "Key", "fr": "Clé"}, "write": "once", "required": false,
			"about": "Its name in custom, and in filters after \"custom.\". Without one it follows from the label."},
		"kind": {"about": "The kind of the values, such as text, choice or money.",
			"label": {"en": "Kind", "fr": "Genre"}, "write": "once"},
		"choices": {"label": {"en": "Choices", "fr": "Choix"}, "schema": "Texts", "write": "always", "about": "The values of a choice or choices."},
		"refers": {"label": {"en": "Refers to", "fr": "Renvoie à"}, "write": "once", "about": "The resource whose rows a relation names."},
		"required": {"about": "Whether each new row must have a value.",
			"label": {"en": "Required", "fr": "Obligatoire"}, "write": "always"},
		"is_unique": {"label": {"en": "Unique", "fr": "Unique"}, "write": "always", "about": "No two rows have the same value."},
		"is_indexed": {"label": {"en": "Indexed", "fr": "Indexé"}, "write": "always", "about": "Lists that are sorted or filtered by it are fast, whatever their length."},
		"indexed_at": {"label": null, "about": "When all rows were in the index; null while tenantry-jobs fills it."},
		"default_value": {"label": {"en": "Default", "fr": "Valeur par défaut"},
			"schema": {"type": ["string", "number", "boolean", "array"], "items": {"type": "string"}}, "write": "always", "about": "The value of new rows that have none."},
		"minimum": {"about": "The lowest allowed number.",
			"label": {"en": "Minimum", "fr": "Minimum"}, "write": "always"},
		"maximum": {"about": "The highest allowed number.",
			"label": {"en": "Maximum", "fr": "Maximum"}, "write": "always"},
		"digits": {"about": "The number of digits after the decimal point.",
			"label": {"en": "Decimal places", "fr": "Décimales"}, "write": "always"},
		"formula": {"label": {"en": "Formula", "fr": "Formule"}, "write": "always",
			"about": "Makes the value of other fields of the row, as in amount - custom.cost; the value cannot be written."},
		"help": {"label": {"en": "Help", "fr": "Aide"}, "write": "always", "about": "What a form says about it."},
		"labels": {"label": null, "schema": "Object", "write": "always", "about": "Its names by language, where they are not label."},
		"section": {"label": {"en": "Section", "fr": "Section"}, "write": "always", "about": "The heading above it in forms."},
		"position": {"label": {"en": "Position", "fr": "Position"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
