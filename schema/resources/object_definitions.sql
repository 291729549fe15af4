-- The resource object_definitions: the objects that an organization defines.
-- needs: crm/custom_object.sql ops/catalogue.sql

SELECT ops.describe_resource('object_definitions', $${
	"label": {"en": "Objects", "fr": "Objets"},
	"table": "crm.object_definitions",
	"trash": true,
	"actions": ["list", "get", "create", "update", "delete", "history"],
	"administrators": ["create", "update", "delete"],
	"fields": {
		"id": {},
		"label": {"label": {"en": "Name of one", "fr": "Nom au singulier"}, "write": "always", "about": "What people call one row, as in Machine."},
		"plural": {"label": {"en": "Name of several", "fr": "Nom au pluriel"}, "write": "always", "about": "What people call several, as in Machines."},
		"icon": {"label": {"en": "Icon", "fr": "Icône"}, "write": "always", "about": "The picture in the menu."},
		"help": {"label": {"en": "Help", "fr": "Aide"}, "kind": "longtext", "write": "always", "about": "What the empty list says about it."},
		"key": {"label": {"en": "Key", "fr": "Clé"}, "write": "once", "required": false,
			"about": "Its name in paths, after \"custom_\". Without one it follows from the name of several."},
		"resource": {"label": {"en": "Resource", "fr": "Ressource"}, "about": "Its name in paths, permissions, and other resources."},
		"position": {"label": {"en": "Position", "fr": "Position"}, "write": "always"},
		"created_at": {},
		"updated_at": {}
	}
}$$);
