// New records to which a form refers, such as a company whose name was entered in a contact's form. The new records and
// the form's record are created in one transaction, so that a cancelled or refused form creates nothing.

/** The placeholder in a form for the ID of a record that will be created. */
export interface Fresh {
	fresh: string;
	data: { name: string } & Record<string, unknown>;
}

export interface Operation {
	method: string;
	resource: string;
	id?: unknown;
	data: Record<string, unknown>;
	if_match?: string;
}

export const isFresh = (value: unknown): value is Fresh =>
	typeof value === 'object' && value !== null && 'fresh' in value && 'data' in value;

/** Returns the IDs and the new records in the value of a reference. */
export const parted = (value: unknown) => {
	const all = [value].flat().filter((one) => one != null && one !== '');
	return { ids: all.filter((one) => !isFresh(one)) as number[], fresh: all.filter(isFresh) };
};

/** Returns the operations that create the new records, and the values with references to them, for a batch. */
export function separate(values: Record<string, unknown>) {
	const operations: Operation[] = [];
	const refer = (value: unknown) => {
		if (!isFresh(value)) return value;
		const { fresh: resource, data } = value;
		const made = operations.findIndex((one) => one.resource === resource && one.data.name === data.name);
		return { $ref: made < 0 ? operations.push({ method: 'POST', resource, data }) - 1 : made };
	};
	const data = Object.fromEntries(
		Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.map(refer) : refer(value)]),
	);
	return { operations, data };
}

/** Returns the errors of the last operation of a batch, by field. Errors of the other operations name their record. */
export const errorsOf = (errors: Record<string, string> | undefined, { length }: Operation[]) =>
	errors &&
	Object.fromEntries(
		Object.entries(errors).map(([member, text]) => [member.replace(`operations[${length - 1}].`, ''), text]),
	);
