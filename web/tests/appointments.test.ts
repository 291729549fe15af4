import { describe, expect, test } from 'vitest';
import {
	completed,
	dayFrom,
	firstDayOf,
	moved,
	shiftKey,
	starting,
	timesOf,
	type Appointment,
} from '../src/appointments/appointment';
import { dayKey } from '../src/i18n/formats';
import { daysOf } from '../src/b2b/periods';
import { delays, parts } from '../src/tasks/task';

const timed = (starts_at: string, ends_at: string) => ({ all_day: false, starts_at, ends_at }) as Appointment;
const days = (from: string, to: string) =>
	({ all_day: true, starts_local: `${from}T00:00:00`, ends_local: `${to}T00:00:00` }) as Appointment;

describe('days', () => {
	test('weeks begin on the first weekday of the region', () => {
		expect(['en-US', 'en-GB', 'fr', 'fr-CA', 'ar-EG'].map(firstDayOf)).toEqual([0, 1, 1, 0, 6]);
	});

	test('days are added across a clock change and the end of a month', () => {
		expect(shiftKey('2027-03-27', 1)).toBe('2027-03-28');
		expect(shiftKey('2027-03-28', 1)).toBe('2027-03-29');
		expect(shiftKey('2027-03-01', -1)).toBe('2027-02-28');
	});

	test('an invalid day is replaced with today', () => {
		expect(dayKey(dayFrom('2027-99-99'))).toBe(dayKey(new Date()));
		expect(dayKey(dayFrom(null))).toBe(dayKey(new Date()));
	});
});

describe('an appointment', () => {
	test('has days or times, depending on the part of the calendar to which it was dragged', () => {
		const [start, end] = [new Date(2027, 2, 27), new Date(2027, 2, 29)];
		expect(timesOf({ start, end, allDay: true })).toEqual({
			all_day: true,
			starts_local: '2027-03-27T00:00:00',
			ends_local: '2027-03-29T00:00:00',
		});
		expect(timesOf({ start, end, allDay: false })).toEqual({
			all_day: false,
			starts_at: '2027-03-26T23:00:00.000Z',
			ends_at: '2027-03-28T22:00:00.000Z',
		});
	});

	test('keeps its length when its start moves', () => {
		const hour = timed('2027-01-05T10:00:00.000Z', '2027-01-05T11:00:00.000Z');
		expect(moved({ starts_at: '2027-01-06T09:30:00.000Z' }, hour)).toMatchObject({
			ends_at: '2027-01-06T10:30:00.000Z',
		});
		expect(moved({ starts_local: '2027-03-29T00:00:00' }, days('2027-03-27', '2027-03-28'))).toMatchObject({
			ends_local: '2027-03-30T00:00:00',
		});
		expect(moved({ title: 'a' }, hour)).toEqual({ title: 'a' });
	});

	test('has times or days, never both', () => {
		const all = { starts_at: 'a', ends_at: 'b', starts_local: 'c', ends_local: 'd' };
		expect(completed({ ...all, all_day: true })).toEqual({
			all_day: true,
			time_zone: 'Europe/Paris',
			starts_local: 'c',
			ends_local: 'd',
		});
		expect(completed({ ...all, all_day: false })).not.toHaveProperty('starts_local');
	});

	test('begins at the day and hour in the address', () => {
		expect(starting(new URLSearchParams({ day: '2027-01-05', hour: '14' }))).toEqual({
			starts_at: '2027-01-05T13:00:00.000Z',
			ends_at: '2027-01-05T14:00:00.000Z',
			starts_local: '2027-01-05T00:00:00',
			ends_local: '2027-01-06T00:00:00',
		});
	});
});

describe('tasks', () => {
	const sunday = new Date(2027, 0, 3, 15);

	test('the sections of the list adjoin without gaps', () => {
		const { overdue, today, week, later } = parts(sunday);
		expect(overdue['due_date@lt']).toBe(today['due_date@gte']);
		expect(today['due_date@lt']).toBe(week['due_date@gte']);
		expect(later['@or'][0]).toEqual({ 'due_date@gte': week['due_date@lt'] });
		expect(week['due_date@lt']).toBe('2027-01-10T23:00:00.000Z');
	});

	test('a reminder is snoozed to a later Monday', () => {
		expect(delays(sunday).monday).toEqual(new Date(2027, 0, 4, 9));
		expect(delays(new Date(2027, 0, 4, 8)).monday).toEqual(new Date(2027, 0, 11, 9));
		expect(delays(sunday).tomorrow).toEqual(new Date(2027, 0, 4, 9));
	});
});

test('a period has its first and last day', () => {
	expect(daysOf('month', '2027-02-15')).toEqual({ from: '2027-02-01', to: '2027-02-28' });
	expect(daysOf('last_month', '2027-01-31')).toEqual({ from: '2026-12-01', to: '2026-12-31' });
	expect(daysOf('year', '2028-02-29')).toEqual({ from: '2028-01-01', to: '2028-12-31' });
	expect(daysOf('last_year', '2028-02-29')).toEqual({ from: '2027-01-01', to: '2027-12-31' });
});
