// Reads the cards of a board, moves a card, and reverts the move on failure.
import { useState } from 'react';
import { keepPreviousData, useIsMutating, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate } from 'ra-core';
import type { Provider } from '../data/dataProvider';
import { useUndo } from '../data/undo';
import { placed, placeOf, type Columns, type Place, type Placed } from './place';

const FIRST = 10; // number of cards loaded per column; with more cards, each column would need a request
const PAGE = 30;

export interface Move<Row extends Placed> {
	row: Row;
	from: Place;
	to: Place;
	before: Columns<Row>;
}

/** Returns the filtered cards of these columns, one page per column. */
export function useCards<Row extends Placed>({
	resource,
	source = resource,
	columns,
	filter,
	parameters,
	collapsed = [],
	name,
	send,
	takeBack,
}: {
	resource: string;
	/** The resource from which the cards are read. */
	source?: string;
	columns: { value: string; label: string; filter: object }[];
	filter: object;
	/** Additional parameters of the list. */
	parameters: Record<string, unknown>;
	/** Columns whose cards are not shown. */
	collapsed?: string[];
	name: (row: Row) => string;
	send: (move: Move<Row>) => Promise<unknown>;
	/** Reverts a move that was sent. */
	takeBack: (move: Move<Row>) => Promise<unknown>;
}) {
	const { ask } = useDataProvider<Provider>();
	const queries = useQueryClient();
	const notify = useNotify();
	const undo = useUndo();
	const translate = useTranslate();
	const [most, setMost] = useState<Record<string, number>>({});
	const key = [resource, 'board', filter, parameters, columns.map(({ value }) => value), most, collapsed];
	const mutationKey = [resource, 'move'];

	// During a move, the server still returns the old position.
	const moving = useIsMutating({ mutationKey }) > 0;
	const cards = useQuery({
		queryKey: key,
		enabled: !moving && columns.length > 0,
		placeholderData: keepPreviousData,
		queryFn: async (): Promise<Columns<Row>> =>
			Object.fromEntries(
				await Promise.all(
					columns.map(async ({ value, filter: own }) => [
						value,
						collapsed.includes(value)
							? []
							: await ask<Row[]>(`/api/${source}`, {
									filter: { ...filter, ...own },
									...parameters,
									range: [0, (most[value] ?? FIRST) - 1],
									count: 'none',
								}),
					]),
				),
			),
	});

	const put = (id: number, at: Place) => queries.setQueryData<Columns<Row>>(key, (now) => now && placed(now, id, at));
	/** Sends a move, which can be undone. On failure, the card moves back and the reason is shown. */
	const { mutate } = useMutation({
		mutationKey,
		networkMode: 'always',
		mutationFn: (move: Move<Row>) => send(move),
		onMutate({ row, to }) {
			queries.cancelQueries({ queryKey: [resource] }, { revert: false });
			put(row.id, to);
		},
		onError(error, { row, from }) {
			put(row.id, from);
			notify(translate('board.not_moved', { name: name(row), reason: error.message }), { type: 'error' });
		},
		onSuccess(_, move) {
			const { label } = columns.find(({ value }) => value === move.to.stage)!;
			undo(translate('board.moved', { name: name(move.row), stage: label }), () => takeBack(move));
		},
		onSettled() {
			queries.invalidateQueries({ queryKey: [resource] });
		},
	});
	const move = (id: number, to: Place) => {
		const before = queries.getQueryData<Columns<Row>>(key),
			from = before && placeOf(before, id);
		const row = from && before[from.stage]?.[from.index];
		if (row && (from.stage !== to.stage || from.index !== to.index)) mutate({ row, from, to, before });
		return row !== undefined;
	};

	return {
		columns: cards.data,
		/** The data still belongs to the previous filter, so cards must not be moved. */
		old: cards.isPlaceholderData,
		error: cards.error,
		again: () => void cards.refetch(),
		more: (stage: string) => setMost({ ...most, [stage]: (most[stage] ?? FIRST) + PAGE }),
		move,
	};
}
