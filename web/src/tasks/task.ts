import type { RaRecord } from 'ra-core';
import type { Named } from '../records/People';

export interface Task extends RaRecord<number> {
	contact_id: number;
	type: string | null;
	text: string | null;
	due_date: string | null;
	done_date: string | null;
	sales_id: number | null;
	remind_at: string | null;
	rrule: string | null;
	time_zone: string | null;
	/** The related records, if the request embeds them. */
	contact?: (Named & { id: number; company_name: string | null }) | null;
}

/** The recurrence rules that the form offers. Other rules are shown as text. */
const rules = [
	'FREQ=DAILY',
	'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR',
	'FREQ=WEEKLY',
	'FREQ=WEEKLY;INTERVAL=2',
	'FREQ=MONTHLY',
	'FREQ=YEARLY',
];

/** Returns the message key of a recurrence rule. */
export const ruleKey = (rule: string) => `tasks.rules.${rule.replace(/[^A-Z0-9]+/g, '_')}`;

export const repetitions = (say: (key: string, options: object) => string) =>
	rules.map((value) => ({ value, label: say(ruleKey(value), { _: value }) }));

export function noon(): string {
	const day = new Date();
	day.setHours(12, 0, 0, 0);
	return day.toISOString();
}

const dayFrom = (date: Date, days: number): Date =>
	new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);

/** Returns the list sections, by due date in the user's time zone. */
export function parts(now: Date) {
	const today = dayFrom(now, 0),
		tomorrow = dayFrom(now, 1);
	// The week ends on Sunday. On a Sunday, the section contains the next week.
	const week = dayFrom(now, 8 - now.getDay());
	const open = { 'done_date@is': null };
	return {
		overdue: { ...open, 'due_date@lt': today.toISOString() },
		today: { ...open, 'due_date@gte': today.toISOString(), 'due_date@lt': tomorrow.toISOString() },
		week: { ...open, 'due_date@gte': tomorrow.toISOString(), 'due_date@lt': week.toISOString() },
		later: { ...open, '@or': [{ 'due_date@gte': week.toISOString() }, { 'due_date@is': null }] },
		done: { 'done_date@not.is': null },
	};
}

export type Part = keyof ReturnType<typeof parts>;

/** Returns the times to which a reminder can be snoozed. */
export function delays(now: Date): Record<string, Date> {
	const at = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
	return {
		hour: new Date(now.getTime() + 3_600_000),
		evening: at(0, 18),
		tomorrow: at(1, 9),
		monday: at((8 - now.getDay()) % 7 || 7, 9),
		week: at(7, 9),
	};
}
