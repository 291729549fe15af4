import type { RaRecord } from 'ra-core';
import { dayKey, isDay, ownZone } from '../i18n/formats';
import type { Named } from '../records/People';

export interface Attendee {
	contact_id?: number;
	sales_id?: number;
	email?: string;
	name?: string;
	status?: string;
}

export interface Appointment extends RaRecord<number> {
	title: string;
	contact_id: number | null;
	sales_id: number | null;
	location: string | null;
	resource: string | null;
	starts_at: string;
	ends_at: string;
	starts_local: string;
	ends_local: string;
	time_zone: string;
	all_day: boolean;
	status: string;
	notes: string | null;
	attendees: Attendee[];
	reminders: number[];
	contact?: (Named & { id: number }) | null;
}

interface Week {
	firstDay: number;
}

export const statuses = ['scheduled', 'confirmed', 'completed', 'canceled', 'no_show'];

/** Minutes before the start. */
export const reminders = [5, 10, 15, 30, 60, 120, 1440];

export const addDays = (day: Date, days: number) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + days);

/** Returns the first day of the week in a region: 0 for Sunday. */
export function firstDayOf(region: string): number {
	const locale = new Intl.Locale(region) as { getWeekInfo?: () => Week; weekInfo?: Week };
	return ((locale.getWeekInfo?.() ?? locale.weekInfo)?.firstDay ?? 1) % 7;
}

/** Parses a day, such as 2027-03-29, from an address or an input. The day is in the user's time zone. */
export const dayFrom = (key: string | null): Date => {
	const date = isDay(key ?? '') ? new Date(`${key}T00:00`) : new Date(NaN);
	return Number.isNaN(date.getTime()) ? addDays(new Date(), 0) : date;
};
export const shiftKey = (key: string, days: number) => dayKey(addDays(dayFrom(key), days));

/**
 * Returns the start and the end in the user's time zone. All-day appointments have the same days in every time zone.
 */
export function spanOf({ all_day, starts_at, ends_at, starts_local, ends_local }: Appointment): [Date, Date] {
	return all_day
		? [dayFrom(starts_local.slice(0, 10)), dayFrom(ends_local.slice(0, 10))]
		: [new Date(starts_at), new Date(ends_at)];
}

/** Returns the times of a selection in the calendar, as fields of an appointment. */
export const timesOf = ({ start, end, allDay }: { start: Date | null; end: Date | null; allDay: boolean }) =>
	allDay
		? { all_day: true, starts_local: `${dayKey(start!)}T00:00:00`, ends_local: `${dayKey(end!)}T00:00:00` }
		: { all_day: false, starts_at: start!.toISOString(), ends_at: end!.toISOString() };

/** Returns the times of a new appointment, from the day and the hour in the address. */
export function starting(address: URLSearchParams) {
	const starts = dayFrom(address.get('day'));
	starts.setHours(address.has('day') ? Number(address.get('hour') ?? 9) : new Date().getHours() + 1);
	const day = dayKey(starts);
	return {
		starts_at: starts.toISOString(),
		ends_at: new Date(+starts + 3_600_000).toISOString(),
		starts_local: `${day}T00:00:00`,
		ends_local: `${shiftKey(day, 1)}T00:00:00`,
	};
}

/** Returns the request body for a new appointment, which has either times or days. */
export const completed = ({ starts_at, ends_at, starts_local, ends_local, ...row }: Record<string, unknown>) => ({
	...row,
	time_zone: ownZone(),
	...(row.all_day ? { starts_local, ends_local } : { starts_at, ends_at }),
});

/** Returns whether an appointment has times, not just days. */
export const timed = ({ all_day }: Appointment) => !all_day;

/** Moves the end of an appointment together with its start. */
export function moved(
	change: Partial<Appointment>,
	{ starts_at, ends_at, starts_local, ends_local }: Appointment,
): object {
	if (change.starts_at)
		return {
			...change,
			ends_at: new Date(+new Date(ends_at) + +new Date(change.starts_at) - +new Date(starts_at)).toISOString(),
		};
	const days =
		change.starts_local &&
		Math.round((+dayFrom(change.starts_local.slice(0, 10)) - +dayFrom(starts_local.slice(0, 10))) / 86_400_000);
	return days ? { ...change, ends_local: `${shiftKey(ends_local.slice(0, 10), days)}T00:00:00` } : change;
}
