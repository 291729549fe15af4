// Saves the changed fields of a record with the version from which the user started. If a colleague has edited the same
// fields, the user chooses between the values.
import { useState } from 'react';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate, HttpError, type Identifier, type RaRecord } from 'ra-core';
import { parted } from '../data/fresh';
import { lazy } from '../ui/lazy';
import { BY_ROLE } from '../i18n/refusals';
import { textOf } from '../i18n/text';

const Stale = lazy(() => import('./Stale'));
const Gone = lazy(() => import('./Gone'));

export type Changes = Record<string, unknown>;

/** Returns the fields that differ from the record from which the user started. */
export const changed = (values: Changes, began: RaRecord): Changes =>
	Object.fromEntries(
		Object.entries(values).filter(
			([name, value]) => name !== 'etag' && JSON.stringify(value) !== JSON.stringify(began[name]),
		),
	);

/** Shows the changes in all lists and pages immediately. Returns a function that reverts the changes. */
function show(queries: QueryClient, resource: string, id: Identifier, changes: Changes): () => void {
	const before = queries.getQueriesData({ queryKey: [resource] });
	const one = (row: any) => (row?.id === id ? { ...row, ...changes } : row);
	const all = (data: any): any =>
		Array.isArray(data)
			? data.map(one)
			: Array.isArray(data?.data)
				? { ...data, data: data.data.map(one) }
				: one(data);
	queries.cancelQueries({ queryKey: [resource] });
	queries.setQueriesData({ queryKey: [resource] }, all);
	return () => before.forEach(([key, data]) => queries.setQueryData(key, data));
}

/** Returns the fields that two people changed to different values. The user must choose between the values. */
export const conflicts = (mine: Changes, theirs: RaRecord, began: RaRecord): string[] =>
	Object.keys(mine).filter(
		(name) =>
			name !== 'etag' &&
			name in theirs &&
			new Set([mine[name], theirs[name], began[name]].map(textOf)).size === 3,
	);

interface Edit {
	id: Identifier;
	mine: Changes;
	began: RaRecord;
}

interface Conflict extends Edit {
	theirs: RaRecord;
	members: string[];
}

/**
 * Returns save(), refused() and dialog. save(ID, CHANGES, BEGAN, NOW) shows the changes immediately and saves them, and
 * resolves to false after an error that lost the changes. refused() handles the error of a different save function. The
 * page must render `dialog`.
 */
export function useSave(
	resource: string,
	{ saved, left }: { saved?: (row: RaRecord) => void; left?: (row?: RaRecord) => void } = {},
) {
	const provider = useDataProvider();
	const queries = useQueryClient();
	const notify = useNotify();
	const translate = useTranslate();
	const [conflict, setConflict] = useState<Conflict>();
	const [deleted, setDeleted] = useState<Edit>();

	/** `now` is the current record on the server, for a user who started from a list, whose rows have no versions. */
	async function save(
		id: Identifier,
		changes: Changes,
		began: RaRecord,
		now: Promise<RaRecord> | RaRecord = began,
	): Promise<boolean> {
		// A new referenced record has no ID until it is saved, so it cannot be shown.
		const known = Object.entries(changes).filter(([, value]) => parted(value).fresh.length === 0);
		const revert = show(queries, resource, id, Object.fromEntries(known));
		try {
			const from = await now;
			if (Object.keys(changed(from, began)).some((name) => name in changes))
				throw new HttpError('', 412, { current: from });
			const { data } = await provider.update(resource, {
				id,
				data: { ...changes, etag: from.etag },
				previousData: from,
			});
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
	const refused =
		(id: Identifier, mine: Changes, began: RaRecord) =>
		async (error: HttpError): Promise<boolean> => {
			if (error.status === 404) {
				setDeleted({ id, mine, began });
				return true;
			}
			if (error.status !== 412) {
				notify(
					error.body?.type === BY_ROLE && !error.body.errors
						? translate('i18n.stale.forbidden')
						: error.message,
					{
						type: 'error',
					},
				);
				return false;
			}
			const theirs: RaRecord = error.body.current;
			const members = conflicts(mine, theirs, began);
			if (members.length === 0) return save(id, mine, theirs);
			setConflict({ id, mine, theirs, began, members });
			return true;
		};
	const dialog = conflict ? (
		<Stale
			{...conflict}
			resource={resource}
			close={() => setConflict(undefined)}
			discard={() => {
				setConflict(undefined);
				left?.(conflict.theirs);
			}}
			save={(chosen) => save(conflict.id, changed(chosen, conflict.theirs), conflict.theirs)}
		/>
	) : (
		deleted && (
			<Gone
				resource={resource}
				id={deleted.id}
				close={() => setDeleted(undefined)}
				leave={() => {
					setDeleted(undefined);
					left?.();
				}}
				restored={async () => {
					setDeleted(undefined);
					const { data } = await provider.getOne(resource, { id: deleted.id });
					if (conflicts(deleted.mine, data, deleted.began).length === 0)
						await save(deleted.id, deleted.mine, data);
					else
						await refused(
							deleted.id,
							deleted.mine,
							deleted.began,
						)(new HttpError('', 412, { current: data }));
				}}
			/>
		)
	);
	return { save, refused, dialog };
}
