// openapi-typescript types a parameter whose value is JSON as text. createTenantry() writes such values as JSON, so
// their types are those of their schemas.
export function typeParameters(document) {
	for (const path of Object.values(document.paths))
		for (const { parameters = [] } of Object.values(path))
			for (const parameter of parameters.filter(({ content }) => content)) {
				parameter.schema = parameter.content['application/json'].schema;
				delete parameter.content;
			}
	return document;
}
