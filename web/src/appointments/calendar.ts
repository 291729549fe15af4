// What the calendar of appointments and the calendars of lists share.
import { useState } from 'react';
import type { CalendarOptions, EventClickInfo } from '@fullcalendar/react';
import type { Lanes } from './Slots';

/** The list of the next 30 days, which phones show. */
export const listDays = { type: 'list', duration: { days: 30 } };

export const shared = {
	headerToolbar: false,
	height: 'auto',
	borderless: true,
	eventDisplay: 'block',
	eventTimeFormat: { hour: 'numeric', minute: '2-digit' },
	dayCellTopInnerClass: ({ isToday }) => (isToday ? 'today' : undefined),
	blockEventInnerClass: 'inner',
} satisfies CalendarOptions;

/** Returns a handler that opens the page of an event. With a modifier key, the browser follows the link itself. */
export const opens =
	(go: (path: string) => unknown) =>
	({ event, jsEvent }: EventClickInfo) => {
		if (jsEvent.ctrlKey || jsEvent.metaKey || jsEvent.shiftKey) return;
		jsEvent.preventDefault();
		void go(event.url);
	};

/** Returns the elements of the visible days, and the handlers with which the calendar adds and removes them. */
export function useLanes() {
	const [lanes, setLanes] = useState<Lanes>(new Map());
	return {
		lanes,
		mounted: ({ el, date }: { el: HTMLElement; date: Date }) => setLanes((now) => new Map(now).set(el, date)),
		unmounted: ({ el }: { el: HTMLElement }) => setLanes((now) => new Map([...now].filter(([one]) => one !== el))),
	};
}
