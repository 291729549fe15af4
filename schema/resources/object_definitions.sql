-- The object_definitions resource: the objects that an organization defines.
-- needs: crm/custom_object.sql ops/catalogue.sql

SELECT ops.describe_resource('object_definitions', $${
	"label": {"en": "Objects", "fr": "Objets"},
	"table": "crm.object_definitions",
	"trash": true,
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"administrators": ["create", "update", "delete"],
	"fields": {
		"id": {},
		"label": {"label": {"en": "Name of one", "fr": "Nom au singulier"}, "write": "always",
			"about": "The singular name that people see, such as Machine."},
		"plural": {"label": {"en": "Name of several", "fr": "Nom au pluriel"}, "write": "always",
			"about": "The plural name that people see, such as Machines."},
		"icon": {"label": {"en": "Icon", "fr": "Icône"}, "write": "always", "about": "The picture in the menu."},
		"help": {"label": {"en": "Help", "fr": "Aide"}, "kind": "longtext", "write": "always", "about": "The text that an empty list shows."},
		"key": {"label": {"en": "Key", "fr": "Clé"}, "write": "once", "required": false,
			"about": "The name of the object in paths, after \"custom_\" (default: derived from plural)."},
		"resource": {"label": {"en": "Resource", "fr": "Ressource"}, "about": "The name of the object in paths, permissions and other resources."},
		"position": {"label": {"en": "Position", "fr": "Position"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
