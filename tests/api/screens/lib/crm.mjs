// Short forms for the data provider calls that screens make.
export const page = (field, order = 'ASC', perPage = 25, number = 1) => ({
	pagination: { page: number, perPage }, sort: { field, order } });

export function crm(data) {
	return {
		create: async (resource, row) => (await data.create(resource, { data: row })).data,
		one: async (resource, id) => (await data.getOne(resource, { id })).data,
		change: async (resource, row, what) => (await data.update(resource,
			{ id: row.id, data: what, previousData: row })).data,
		list: (resource, filter = {}, field = 'id', order = 'ASC', perPage = 25) =>
			data.getList(resource, { ...page(field, order, perPage), filter }),
	};
}

// Returns the value that a file input puts into a form.
export function picked(name, type, bytes) {
	const rawFile = new File([bytes], name, { type });
	return { src: URL.createObjectURL(rawFile), title: name, rawFile };
}

export const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk' +
	'+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n' +
	'trailer<</Root 1 0 R>>\n%%EOF\n');
