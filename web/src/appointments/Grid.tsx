// The days of the calendar with their appointments, which are created, moved and resized by dragging.
import '@fullcalendar/react/skeleton.css';
import '@fullcalendar/react/themes/classic/theme.css';
import { useEffect, useMemo, useRef, type Ref } from 'react';
import FullCalendar, {
	type CalendarOptions,
	type CalendarRef,
	type DatesSetInfo,
	type EventApi,
	type EventDisplayInfo,
	type EventInput,
} from '@fullcalendar/react';
import dayGrid from '@fullcalendar/react/daygrid';
import interaction from '@fullcalendar/react/interaction';
import list from '@fullcalendar/react/list';
import classic from '@fullcalendar/react/themes/classic';
import timeGrid from '@fullcalendar/react/timegrid';
import Box from '@mui/material/Box';
import GlobalStyles from '@mui/material/GlobalStyles';
import { useQueryClient } from '@tanstack/react-query';
import { useDataProvider, useNotify, useTranslate } from 'ra-core';
import { useNavigate } from 'react-router-dom';
import { useCreation } from '../records/create';
import type { Provider } from '../data/dataProvider';
import { dayKey, useRegion } from '../i18n/formats';
import { useCan } from '../records/resources';
import { fullName } from '../records/People';
import { useUndo } from '../data/undo';
import { addDays, firstDayOf, spanOf, starting, timesOf, type Appointment } from './appointment';
import { grid, variables } from './look';
import { listDays, opens, shared, useLanes } from './calendar';
import { Slots } from './Slots';

export type ViewName = 'day' | 'work_week' | 'week' | 'month' | 'agenda';

const HELD = 400; // milliseconds until a touch drags instead of scrolling
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const MORNING = 8 / 24; // the fraction of the day that is scrolled out of the initial view
const START = 9; // the start hour of an appointment that is created in the month view

const plugins = [classic, dayGrid, timeGrid, list, interaction];

// The library's names for our views.
export const kinds: Record<ViewName, string> = {
	day: 'timeGridDay',
	work_week: 'workWeek',
	week: 'timeGridWeek',
	month: 'dayGridMonth',
	agenda: 'listDays',
};

const views: CalendarOptions['views'] = {
	timeGrid: { displayEventEnd: false },
	workWeek: { type: 'timeGridWeek', weekends: false },
	listDays,
};

const rowOf = ({ extendedProps }: EventApi) => extendedProps.row as Appointment;

function eventOf(row: Appointment): EventInput {
	const [start, end] = spanOf(row);
	const day = (date: Date) => (row.all_day ? dayKey(date) : date);
	return {
		id: String(row.id),
		title: row.title,
		url: `/appointments/${row.id}/show`,
		allDay: row.all_day,
		start: day(start),
		end: day(end),
		extendedProps: { row },
	};
}

/** Saves the times of an appointment that was dragged. The user can undo this. */
function useMove() {
	const { tell } = useDataProvider<Provider>();
	const translate = useTranslate();
	const queries = useQueryClient();
	const notify = useNotify();
	const undo = useUndo();
	return async ({ event, oldEvent, revert }: { event: EventApi; oldEvent: EventApi; revert: () => void }) => {
		const put = (to: EventApi) => tell(`/api/appointments/${event.id}`, timesOf(to), 'PATCH');
		try {
			await put(event);
			undo(translate('appointments.moved', { title: event.title }), () => put(oldEvent));
		} catch (error) {
			revert();
			notify((error as Error).message, { type: 'error' });
		}
		void queries.invalidateQueries({ queryKey: ['appointments'] });
	};
}

function Content({ event, timeText, view }: EventDisplayInfo) {
	const translate = useTranslate();
	const { title, status, location, contact, all_day } = rowOf(event);
	const about = [contact && fullName(contact), location, translate(`appointments.statuses.${status}`, { _: status })]
		.filter(Boolean)
		.join(' · ');
	const time = <span className="time">{all_day ? translate('appointments.whole_day') : timeText}</span>;
	const name = <b>{title}</b>;
	return view.type === kinds.agenda ? (
		<>
			{time}
			<span className="what">
				{name}
				<small>{about}</small>
			</span>
		</>
	) : (
		<span className="what" title={`${title} · ${about}`}>
			{view.type === kinds.month && !all_day && time} {name} {view.type !== kinds.month && !all_day && time}
		</span>
	);
}

export function Grid({
	ref,
	view,
	day,
	rows,
	shows,
	lead,
	narrow,
}: {
	ref: Ref<CalendarRef>;
	view: ViewName;
	day: Date;
	rows: Appointment[];
	shows: (dates: DatesSetInfo) => void;
	/** Shows a day. */
	lead: (day: Date) => void;
	narrow: boolean;
}) {
	const translate = useTranslate();
	const locale = useRegion();
	const go = useNavigate();
	const open = useCreation();
	const creates = useCan('appointments', 'create');
	const move = useMove();
	const { lanes, mounted, unmounted } = useLanes();
	const events = useMemo(() => rows.map(eventOf), [rows]);
	const box = useRef<HTMLDivElement>(null);
	const hourly = view !== 'month' && view !== 'agenda';
	// On a phone, the week is wider than the page.
	useEffect(() => {
		const today = box.current!.querySelector<HTMLElement>('[role=columnheader][aria-current=date]');
		if (today) box.current!.scrollLeft = today.offsetLeft;
	}, [view, day]);
	// The library measures the hours before their layout.
	const [lane] = lanes.keys();
	useEffect(() => {
		if (!hourly || !lane) return;
		const observer = new ResizeObserver(() => {
			box.current!.scrollTop = lane.clientHeight * MORNING;
		});
		observer.observe(lane);
		return () => observer.disconnect();
	}, [hourly, lane]);
	const add = (span: { start: Date; end: Date; allDay: boolean }) =>
		open('appointments', {
			...starting(new URLSearchParams({ day: dayKey(span.start), hour: String(START) })),
			...timesOf(span),
		});
	const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
	const clock = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' });
	const addAt = (start: Date) => add({ start, end: new Date(+start + 3_600_000), allDay: false });
	return (
		<Box ref={box} sx={grid} className={view}>
			<GlobalStyles styles={variables} />
			<FullCalendar
				ref={ref}
				plugins={plugins}
				views={views}
				initialView={kinds[view]}
				initialDate={day}
				{...shared}
				// All weeks of a month fit on a screen, so that the last days are visible.
				aspectRatio={narrow ? 1.35 : 2}
				titleFormat={view === 'month' ? undefined : { day: 'numeric', month: 'short', year: 'numeric' }}
				locale={locale}
				firstDay={firstDayOf(locale)}
				events={events}
				datesSet={shows}
				navLinks
				navLinkHint="$0"
				navLinkDayClick={lead}
				// The library labels the link with the date alone, without the weekday that it shows.
				dayHeaderDidMount={({ el }) => el.querySelector('[role=link]')?.removeAttribute('aria-label')}
				moreLinkClick={({ date }) => lead(date)}
				moreLinkText={(count) => translate('appointments.more', { smart_count: count })}
				allDayText={translate('appointments.whole_day')}
				noEventsText={translate('appointments.none')}
				dayMaxEvents={3}
				slotHeaderFormat={{ hour: 'numeric', minute: '2-digit' }}
				dayHeaderInnerClass={({ isToday }) => (isToday ? 'today' : undefined)}
				blockEventClass={({ event }) => `appointment ${rowOf(event).status}`}
				eventContent={(info) => <Content {...info} />}
				eventClick={opens(go)}
				nowIndicator
				slotEventOverlap={false}
				forceEventDuration
				editable={useCan('appointments', 'update')}
				eventResizableFromStart
				snapDuration="00:15"
				longPressDelay={HELD}
				selectable={creates}
				selectMinDistance={5}
				select={({ view: { calendar }, ...span }) => {
					calendar.unselect();
					add(span);
				}}
				dateClick={({ date, allDay, view: { type } }) => {
					if (!creates) return;
					if (allDay && type !== kinds.month) add({ start: date, end: addDays(date, 1), allDay });
					else addAt(allDay ? new Date(date.getFullYear(), date.getMonth(), date.getDate(), START) : date);
				}}
				eventDrop={move}
				eventResize={move}
				dayLaneDidMount={mounted}
				dayLaneWillUnmount={unmounted}
				dayCellDidMount={(info) => info.view.type === kinds.month && mounted(info)}
				dayCellWillUnmount={unmounted}
			/>
			{creates && (
				<Slots
					lanes={lanes}
					hours={view === 'month' ? [START] : HOURS}
					add={addAt}
					label={(from) =>
						translate('appointments.add_at', { day: full.format(from), time: clock.format(from) })
					}
				/>
			)}
		</Box>
	);
}
