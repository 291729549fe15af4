// Moves cards by mouse, touch and keyboard. While a card is dragged, the board does not change, and a line shows the
// target position.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import {
	DndContext,
	DragOverlay,
	KeyboardSensor,
	MouseSensor,
	pointerWithin,
	TouchSensor,
	useSensor,
	useSensors,
	type DragMoveEvent,
} from '@dnd-kit/core';
import { useEvent, useTranslate } from 'ra-core';
import { placeOf, type Columns, type Place } from './place';

export interface Carried {
	id: number;
	at: Place;
	keys: boolean;
}

const codes = { start: ['Space'], cancel: ['Escape', 'Tab'], end: ['Space', 'Enter'] };
const silent = {
	onDragStart: () => undefined,
	onDragOver: () => undefined,
	onDragEnd: () => undefined,
	onDragCancel: () => undefined,
};

// Returns the column under the pointer, and how many of its other cards are above the middle of the dragged card.
function placeUnder({ active, over }: DragMoveEvent): Place | undefined {
	const { translated } = active.rect.current;
	const column = [...document.querySelectorAll<HTMLElement>('[data-stage]')].find(
		(one) => one.dataset.stage === over?.id,
	);
	if (!translated || !column) return undefined;
	const above = [...column.querySelectorAll<HTMLElement>('[data-card]')].filter((card) => {
		const { top, height } = card.getBoundingClientRect();
		return Number(card.dataset.card) !== active.id && top + height / 2 < translated.top + translated.height / 2;
	});
	return { stage: column.dataset.stage!, index: above.length };
}

export function Dragging({
	columns,
	stages,
	drop,
	say,
	ghost,
	children,
}: {
	columns: Columns | undefined;
	stages: string[];
	drop: (id: number, to: Place) => void;
	say: (what: 'taken' | 'over' | 'dropped' | 'left', id: number, at: Place) => void;
	/** The copy of a card that is shown while it is dragged. */
	ghost: (id: number) => ReactNode;
	children: (carried: Carried | undefined) => ReactNode;
}) {
	const translate = useTranslate();
	const [carried, setCarried] = useState<Carried>();
	const focus = useRef<number | undefined>(undefined);

	const go = (at: Place) => {
		setCarried({ ...carried!, at });
		say('over', carried!.id, at);
	};
	const step = useEvent((event: KeyboardEvent) => {
		if (!carried || !columns || !event.code.startsWith('Arrow')) return;
		event.preventDefault();
		const { id, at } = carried;
		const most = (stage: string) => (columns[stage] ?? []).filter((one) => one.id !== id).length;
		const down = { ArrowUp: -1, ArrowDown: 1 }[event.code] ?? 0;
		const across = { ArrowLeft: -1, ArrowRight: 1 }[event.code] ?? 0;
		const stage = stages[Math.min(Math.max(stages.indexOf(at.stage) + across, 0), stages.length - 1)]!;
		go({ stage, index: Math.min(Math.max(at.index + down, 0), most(stage)) });
	});
	const sensors = useSensors(
		useSensor(MouseSensor, { activationConstraint: { distance: 5 } }),
		useSensor(TouchSensor, { activationConstraint: { delay: 250, tolerance: 8 } }),
		useSensor(KeyboardSensor, {
			keyboardCodes: codes,
			coordinateGetter: (event) => {
				step(event);
				return undefined;
			},
		}),
	);

	// After a move by keyboard, the focus must follow the card, which is mounted again in its new column.
	useEffect(() => {
		if (focus.current === undefined || carried) return;
		document.querySelector<HTMLElement>(`[data-card="${focus.current}"] button`)?.focus();
	}, [columns, carried]);
	useEffect(() => {
		if (carried?.keys) document.querySelector('.target')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
	}, [carried]);

	// Follows a move with a delay, because a move event arrives before the column under the pointer is known.
	const follow = (event: DragMoveEvent) => {
		const at = carried && !carried.keys && placeUnder(event);
		if (at && (at.stage !== carried.at.stage || at.index !== carried.at.index)) setCarried({ ...carried, at });
	};
	const end = (to?: Place) => {
		const { id, keys } = carried!;
		const from = columns && placeOf(columns, id);
		setCarried(undefined);
		focus.current = keys ? id : undefined;
		say(to ? 'dropped' : 'left', id, to ?? from ?? carried!.at);
		if (to) drop(id, to);
	};
	return (
		<DndContext
			sensors={sensors}
			collisionDetection={pointerWithin}
			accessibility={{
				announcements: silent, // say() announces moves
				screenReaderInstructions: { draggable: translate('board.help') },
				restoreFocus: false,
			}}
			onDragStart={({ active, activatorEvent }) => {
				const id = Number(active.id);
				const at = placeOf(columns ?? {}, id);
				if (!at) return;
				setCarried({ id, at, keys: activatorEvent.type === 'keydown' });
				say('taken', id, at);
			}}
			onDragMove={follow}
			onDragOver={follow}
			onDragEnd={() => carried && end(carried.at)}
			onDragCancel={() => carried && end()}
		>
			{children(carried)}
			<DragOverlay dropAnimation={null}>{carried && !carried.keys && ghost(carried.id)}</DragOverlay>
		</DndContext>
	);
}
