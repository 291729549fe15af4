// The hours of the visible days, for the keyboard: Tab focuses one of them, the arrow keys move the focus, and Enter
// creates an appointment or a record.
import { useState, type KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';
import { dayKey } from '../i18n/formats';
import { addDays } from './appointment';

/** The element of each visible day, with its date. */
export type Lanes = ReadonlyMap<HTMLElement, Date>;

const WEEK = 7;

const keyOf = (day: Date, hour: number) => `${dayKey(day)} ${hour}`;

/** The step of an arrow key, in days and hours. A day without hours has only one element. */
const steps: Record<string, (hourly: boolean) => [number, number]> = {
	ArrowLeft: () => [-1, 0],
	ArrowRight: () => [1, 0],
	ArrowUp: (hourly) => (hourly ? [0, -1] : [-WEEK, 0]),
	ArrowDown: (hourly) => (hourly ? [0, 1] : [WEEK, 0]),
};

/** Buttons that ignore the pointer, which the calendar below them handles. */
export function Slots({
	lanes,
	hours,
	add,
	label,
}: {
	lanes: Lanes;
	hours: number[];
	add: (from: Date) => void;
	label: (from: Date) => string;
}) {
	const [last, setLast] = useState('');
	const hourly = hours.length > 1;
	const days = [...lanes].sort(([, one], [, other]) => +one - +other);
	const now = new Date();
	const keys = new Set(days.flatMap(([, day]) => hours.map((hour) => keyOf(day, hour))));
	const here =
		[last, keyOf(now, hourly ? now.getHours() : hours[0]!)].find((key) => keys.has(key)) ??
		(days[0] && keyOf(days[0][1], hourly ? 9 : hours[0]!));
	const onKeyDown = (event: KeyboardEvent, day: Date, hour: number) => {
		const step = steps[event.key]?.(hourly);
		if (!step) return;
		event.preventDefault();
		const key = keyOf(addDays(day, step[0]), hour + step[1]);
		document.querySelector<HTMLElement>(`[data-slot="${key}"]`)?.focus();
	};
	return days.map(([lane, day]) =>
		createPortal(
			hours.map((hour, n) => {
				const key = keyOf(day, hour);
				const from = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour);
				return (
					<button
						key={hour}
						type="button"
						className="slot"
						data-slot={key}
						tabIndex={key === here ? 0 : -1}
						aria-label={label(from)}
						style={{ top: `${(100 * n) / hours.length}%`, height: `${100 / hours.length}%` }}
						onFocus={() => setLast(key)}
						onKeyDown={(event) => onKeyDown(event, day, hour)}
						onClick={() => add(from)}
					/>
				);
			}),
			lane,
			dayKey(day),
		),
	);
}
