// Drag and drop: by mouse anywhere on a card, by touch and keyboard on its handle. The board
// handles the events, since the card is mounted again when its column changes.
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { placed, placeOf, type Columns, type Place } from './board';

const SLOP = 5; // pixels after which a press is a drag
const EDGE = 48; // pixels from the edge at which the board scrolls
const STEP = 14;

interface Held {
	id: number;
	at: Place;
	/** Where the pointer is, and where it grabbed the card; undefined for the keyboard. */
	pointer?: { x: number; y: number; dx: number; dy: number; width: number };
	/** Dropped, but not yet in the data of the board. */
	done?: true;
}

interface Press {
	id: number;
	pointerId: number;
	x: number;
	y: number;
	box: DOMRect;
}

const cardOf = (target: EventTarget) => (target as Element).closest<HTMLElement>('[data-card]');

// The column under a point, and the number of its other cards above it.
function placeAt(board: HTMLElement, id: number, x: number, y: number): Place | undefined {
	const columns = [...board.querySelectorAll<HTMLElement>('[data-stage]')];
	const column = columns.find((one) => {
		const { left, right } = one.getBoundingClientRect();
		return x >= left && x < right;
	});
	if (!column)
		return undefined;
	const above = [...column.querySelectorAll<HTMLElement>('[data-card]')].filter((card) => {
		const { top, height } = card.getBoundingClientRect();
		return Number(card.dataset.card) !== id && top + height / 2 < y;
	});
	return { stage: column.dataset.stage!, index: above.length };
}

/** While the columns are outdated, cards cannot be moved. */
export function useDrag(columns: Columns | undefined, old: boolean, stages: string[],
	drop: (id: number, to: Place) => boolean, say: (what: 'taken' | 'over' | 'dropped' | 'left', id: number, at: Place) => void) {
	const board = useRef<HTMLDivElement>(null);
	const press = useRef<Press | undefined>(undefined);
	const last = useRef<Held | undefined>(undefined);
	const dragged = useRef(false);
	const [held, setHeld] = useState<Held>();
	const hold = useCallback((now: Held | undefined) => {
		last.current = now;
		setHeld(now);
	}, []);

	// Scrolls the board and the page near their edges.
	const carrying = held?.pointer !== undefined;
	useEffect(() => {
		if (!carrying)
			return undefined;
		const timer = setInterval(() => {
			const now = last.current, box = board.current?.getBoundingClientRect();
			if (!now?.pointer || !box || !board.current)
				return;
			const { x, y } = now.pointer;
			const right = Math.min(box.right, window.innerWidth);
			const dx = x < Math.max(box.left, 0) + EDGE ? -STEP : x > right - EDGE ? STEP : 0;
			const dy = y < EDGE * 2 ? -STEP : y > window.innerHeight - EDGE ? STEP : 0;
			if (!dx && !dy)
				return;
			board.current.scrollLeft += dx;
			window.scrollBy(0, dy);
			hold({ ...now, at: placeAt(board.current, now.id, x, y) ?? now.at });
		}, 16);
		return () => clearInterval(timer);
	}, [carrying, hold]);

	// With the keyboard, the focus follows the card.
	const byKeys = held && !held.pointer ? `${held.id} ${held.at.stage} ${held.at.index}` : undefined;
	const focus = useRef<number | undefined>(undefined);
	useEffect(() => {
		if (focus.current !== undefined)
			board.current?.querySelector<HTMLElement>(`[data-card="${focus.current}"] [data-handle]`)?.focus();
		if (byKeys === undefined)
			focus.current = undefined;
	}, [byKeys]);

	useEffect(() => {
		if (last.current?.done)
			hold(undefined);
	}, [columns, hold]);

	const end = (to?: Place) => {
		const now = last.current, from = now && columns && placeOf(columns, now.id);
		press.current = undefined;
		if (now && to && from && (from.stage !== to.stage || from.index !== to.index)) {
			hold({ id: now.id, at: to, done: true });
			if (!drop(now.id, to))
				hold(undefined);
		} else
			hold(undefined);
	};

	const onPointerDown = (event: PointerEvent) => {
		const card = cardOf(event.target);
		dragged.current = false;
		if (held && !held.pointer)
			hold(undefined);
		if (old || !card || event.button !== 0 || !event.isPrimary ||
			(event.pointerType !== 'mouse' && !(event.target as Element).closest('[data-handle]')))
			return;
		press.current = { id: Number(card.dataset.card), pointerId: event.pointerId,
			x: event.clientX, y: event.clientY, box: card.getBoundingClientRect() };
	};
	const onPointerMove = (event: PointerEvent) => {
		const from = press.current;
		if (!from || event.pointerId !== from.pointerId || !board.current || !columns)
			return;
		const { clientX: x, clientY: y } = event;
		if (!last.current) {
			const at = placeOf(columns, from.id);
			if (!at || Math.hypot(x - from.x, y - from.y) < SLOP)
				return;
			board.current.setPointerCapture(event.pointerId);
			dragged.current = true;
			window.getSelection()?.removeAllRanges();
			hold({ id: from.id, at });
		}
		const now = last.current!;
		hold({ id: from.id, at: placeAt(board.current, from.id, x, y) ?? now.at,
			pointer: { x, y, dx: from.x - from.box.left, dy: from.y - from.box.top, width: from.box.width } });
	};
	const onPointerUp = () => end(last.current?.pointer && last.current.at);
	const onPointerCancel = () => end();
	// The click that ends a drag opens nothing.
	const onClickCapture = (event: { preventDefault: () => void; stopPropagation: () => void }) => {
		if (dragged.current) {
			event.preventDefault();
			event.stopPropagation();
			dragged.current = false;
		}
	};

	const onKeyDown = (event: KeyboardEvent) => {
		const now = last.current?.done ? undefined : last.current;
		if (now?.pointer) {
			if (event.key === 'Escape')
				end();
			return;
		}
		const card = cardOf(event.target);
		if (!columns || !card || !(event.target as Element).closest('[data-handle]'))
			return;
		const id = Number(card.dataset.card);
		if (!now) {
			const at = placeOf(columns, id);
			if ([' ', 'Enter'].includes(event.key) && at && !old) {
				event.preventDefault();
				focus.current = id;
				hold({ id, at });
				say('taken', id, at);
			}
			return;
		}
		const lengths = (stage: string) => (columns[stage] ?? []).filter((one) => one.id !== now.id).length;
		const column = (by: number): Place => {
			const stage = stages[Math.min(Math.max(stages.indexOf(now.at.stage) + by, 0), stages.length - 1)]!;
			return { stage, index: Math.min(now.at.index, lengths(stage)) };
		};
		const row = (by: number): Place => ({ stage: now.at.stage,
			index: Math.min(Math.max(now.at.index + by, 0), lengths(now.at.stage)) });
		const steps: Record<string, () => Place> = { ArrowLeft: () => column(-1), ArrowRight: () => column(1),
			ArrowUp: () => row(-1), ArrowDown: () => row(1) };
		if (steps[event.key]) {
			const at = steps[event.key]!();
			hold({ id: now.id, at });
			say('over', now.id, at);
		} else if ([' ', 'Enter'].includes(event.key)) {
			say('dropped', now.id, now.at);
			end(now.at);
		} else if (event.key === 'Escape' || event.key === 'Tab') {
			say('left', now.id, placeOf(columns, now.id) ?? now.at);
			end();
			if (event.key === 'Tab')
				return;
		} else
			return;
		event.preventDefault();
	};

	return {
		board,
		held,
		/** The columns, with the dragged card at its target. */
		shown: columns && held ? placed(columns, held.id, held.at) : columns,
		handlers: { onPointerDown, onPointerMove, onPointerUp, onPointerCancel, onClickCapture, onKeyDown },
	};
}
