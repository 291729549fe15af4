// A card of a board. Unlike the component with useDraggable(), the parts of a card are not rendered again while a card
// is dragged.
import type { MouseEvent, ReactNode } from 'react';
import { useDraggable } from '@dnd-kit/core';
import Dots from '@mui/icons-material/MoreVert';
import { useTranslate } from 'ra-core';

const dots = <Dots fontSize="small" />;

/** How a card is moved. */
export interface Held {
	/** The card is being dragged. */
	held: boolean;
	/** The card cannot be moved. */
	fixed: boolean;
	choose: (id: number, anchor: HTMLElement) => void;
}

/** The pointer can drag the whole card. The card's button opens a menu, and is the drag handle for the keyboard. */
export function Card({
	id,
	name,
	side,
	held,
	fixed,
	choose,
	children,
}: { id: number; name: string; side?: ReactNode; children: ReactNode } & Held) {
	const translate = useTranslate();
	const { listeners, attributes, setNodeRef, setActivatorNodeRef } = useDraggable({ id, disabled: fixed });
	return (
		<li ref={setNodeRef} {...listeners} className={held ? 'card held' : 'card'} data-card={id}>
			{children}
			<div className="side">
				{!fixed && (
					<button
						ref={setActivatorNodeRef}
						type="button"
						aria-pressed={held}
						aria-haspopup="menu"
						aria-label={translate('board.handle', { name })}
						aria-describedby={attributes['aria-describedby']}
						onClick={(event: MouseEvent<HTMLElement>) => choose(id, event.currentTarget)}
						// The space key is reserved for dragging.
						onKeyUp={(event) => event.key === ' ' && event.preventDefault()}
					>
						{dots}
					</button>
				)}
				{side}
			</div>
		</li>
	);
}
