-- The module b2b: the products of principals, the companies that an organization represents.
-- needs: crm/permission.sql

INSERT INTO identity.module (name) VALUES ('b2b') ON CONFLICT (name) DO NOTHING;

-- The resources that a role can name. Products are archived, not deleted.
INSERT INTO identity.resource (name, actions, module) VALUES
	('distributor_terms', '{read,create,update,delete,export}', 'b2b'),
	('price_list_items', '{read,create,update,delete,export}', 'b2b'),
	('price_lists', '{read,create,update,delete,export}', 'b2b'),
	('products', '{read,create,update,export}', 'b2b')
ON CONFLICT (name) DO UPDATE SET actions = excluded.actions, module = excluded.module;
