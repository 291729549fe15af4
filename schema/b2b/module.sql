-- The module b2b: companies by type, the principals that the organization represents, with their products, and
-- contacts in several organizations.
-- needs: crm/permission.sql

INSERT INTO identity.module (name) VALUES ('b2b') ON CONFLICT (name) DO NOTHING;

-- The resources that a role can name. Products are archived, not deleted; a company has its profile.
INSERT INTO identity.resource (name, actions, module) VALUES
	('company_profiles', '{read,update,export}', 'b2b'),
	('contact_organizations', '{read,create,update,delete,export}', 'b2b'),
	('distributor_terms', '{read,create,update,delete,export}', 'b2b'),
	('opportunity_items', '{read,create,update,delete,export}', 'b2b'),
	('opportunity_participants', '{read,create,update,delete,export}', 'b2b'),
	('price_list_items', '{read,create,update,delete,export}', 'b2b'),
	('price_lists', '{read,create,update,delete,export}', 'b2b'),
	('products', '{read,create,update,export}', 'b2b')
ON CONFLICT (name) DO UPDATE SET actions = excluded.actions, module = excluded.module;
