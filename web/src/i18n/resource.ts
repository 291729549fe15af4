// Composes the texts for a resource from a few words.

interface Few {
	one: string;
	many: string;
	/** "New payment" */
	create: string;
	fields?: object;
}

type Done = [created: string, updated: string, deleted: string, all: string];

const textsOf = <C extends object, T extends Few>(
	common: C,
	[created, updated, deleted, all]: Done,
	{ one, many, create, fields, ...rest }: T,
) => ({
	...rest,
	name: `${one} |||| ${many}`,
	action: { create },
	fields: { ...common, ...(fields as NonNullable<T['fields']>) },
	notifications: {
		created: `${one} ${created}`,
		updated: `${one} ${updated}`,
		deleted: `${one} ${deleted} |||| %{smart_count} ${many.toLowerCase()} ${all}`,
	},
});

/** Composes the English texts for resources, with the texts for common fields. */
export const english =
	<C extends object>(common: C) =>
	<T extends Few>(few: T) =>
		textsOf(common, ['created', 'updated', 'deleted', 'deleted'], few);

/** Composes the French texts for resources. */
export const french =
	<C extends object>(common: C) =>
	<T extends Few>(few: T, feminine?: 'feminine') => {
		const e = feminine ? 'e' : '';
		return textsOf(common, [`créé${e}`, `modifié${e}`, `supprimé${e}`, `supprimé${e}s`], few);
	};
