// Saves changed fields of a record with the version that the user started from. When a colleague edited the
// same fields, the user chooses.
import { useState } from 'react';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, HttpError, type Identifier, type RaRecord } from 'ra-core';
import { differences, Stale } from './Stale';

export type Changes = Record<string, unknown>;

/** The fields that differ from the record that the user started from. */
export const changed = (values: Changes, began: RaRecord): Changes => Object.fromEntries(Object.entries(values)
	.filter(([name, value]) => name !== 'etag' && JSON.stringify(value) !== JSON.stringify(began[name])));

/** Shows the changes in all lists and pages at once; returns a function that reverts them. */
function show(queries: QueryClient, resource: string, id: Identifier, changes: Changes): () => void {
	const before = queries.getQueriesData({ queryKey: [resource] });
	const one = (row: any) => row?.id === id ? { ...row, ...changes } : row;
	const all = (data: any): any => Array.isArray(data) ? data.map(one)
		: Array.isArray(data?.data) ? { ...data, data: data.data.map(one) } : one(data);
	queries.cancelQueries({ queryKey: [resource] });
	queries.setQueriesData({ queryKey: [resource] }, all);
	return () => before.forEach(([key, data]) => queries.setQueryData(key, data));
}

interface Conflict {
	id: Identifier;
	mine: Changes;
	theirs: RaRecord;
	members: string[];
}

/** save(ID, CHANGES, BEGAN, NOW) saves and shows the changes at once, and is false after an error that lost them; refused() handles the error of another save;
 * dialog is part of the page. */
export function useSave(resource: string, { saved, left }: { saved?: (row: RaRecord) => void; left?: (row: RaRecord) => void } = {}) {
	const provider = useDataProvider();
	const queries = useQueryClient();
	const notify = useNotify();
	const [conflict, setConflict] = useState<Conflict>();

	/** NOW: the record as it is on the server, if the user started from a list, which has no versions. */
	async function save(id: Identifier, changes: Changes, began: RaRecord, now: Promise<RaRecord> | RaRecord = began): Promise<boolean> {
		const revert = show(queries, resource, id, changes);
		try {
			const from = await now;
			if (Object.keys(changed(from, began)).some((name) => name in changes))
				throw new HttpError('', 412, { current: from });
			const { data } = await provider.update(resource, { id, data: { ...changes, etag: from.etag }, previousData: from });
			setConflict(undefined);
			saved?.(data);
			return true;
		} catch (error) {
			revert();
			return await refused(id, changes, began)(error as HttpError);
		} finally {
			queries.invalidateQueries({ queryKey: [resource] });
		}
	}
	const refused = (id: Identifier, mine: Changes, began: RaRecord) => async (error: HttpError): Promise<boolean> => {
		if (error.status !== 412) {
			notify(error.message, { type: 'error' });
			return false;
		}
		const theirs: RaRecord = error.body.current;
		const members = differences(mine, theirs, began);
		// Without members, both edited different fields.
		if (members.length === 0)
			return save(id, mine, theirs);
		setConflict({ id, mine, theirs, members });
		return true;
	};
	const dialog = conflict && (
		<Stale {...conflict} resource={resource} discard={() => { setConflict(undefined); left?.(conflict.theirs); }}
			save={(chosen) => save(conflict.id, changed(chosen, conflict.theirs), conflict.theirs)} />
	);
	return { save, refused, dialog };
}
