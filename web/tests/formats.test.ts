import { describe, expect, test, vi } from 'vitest';
import { dayBounds, dayKey, dayStart, formatsOf, isDay, lastDays } from '../src/i18n/formats';
import { priceText, unit } from '../src/records/minor';

// Intl uses non-breaking spaces as separators.
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const english = formatsOf('en-GB', 'EUR');
const french = formatsOf('fr-FR', 'EUR');

describe('days', () => {
	test('a day is formatted in the time zone of the user', () => {
		expect(dayKey(new Date(2027, 0, 5))).toBe('2027-01-05');
		expect(isDay('2027-01-05')).toBe(true);
		expect(isDay('2027-01-05T00:00')).toBe(false);
	});

	test('a day on which the clocks change has 23 or 25 hours', () => {
		const hours = (day: string) => {
			const [from, to] = dayBounds(day).map((at) => Date.parse(at));
			return (to! - from!) / 3_600_000;
		};
		expect(hours('2027-03-27')).toBe(24);
		expect(hours('2027-03-28')).toBe(23);
		expect(hours('2027-10-31')).toBe(25);
	});

	test('a day in a different time zone starts at its midnight', () => {
		expect(dayStart('Europe/Paris', '2027-01-05')).toBe('2027-01-04T23:00:00.000Z');
		expect(dayStart('Europe/Paris', '2027-03-28')).toBe('2027-03-27T23:00:00.000Z');
		expect(dayStart('Europe/Paris', '2027-03-29')).toBe('2027-03-28T22:00:00.000Z');
		expect(dayStart('Pacific/Auckland', '2027-01-05')).toBe('2027-01-04T11:00:00.000Z');
	});

	test('the last days end with tomorrow in a time zone where tomorrow has begun', () => {
		vi.useFakeTimers({ now: Date.parse('2027-02-28T12:00:00Z') });
		expect(lastDays('UTC', 3)).toEqual(['2027-02-26', '2027-02-27', '2027-02-28']);
		expect(lastDays('Pacific/Auckland', 2)).toEqual(['2027-02-28', '2027-03-01']);
		vi.useRealTimers();
	});
});

describe('values', () => {
	test('a date without a time is the same day in every time zone', () => {
		expect(english.date('2027-01-05')).toBe('5 Jan 2027');
		expect(french.date('2027-01-05')).toBe('5 janv. 2027');
		expect(english.day('2027-01-05')).toBe('5 Jan');
	});

	test('a missing date is an empty text, and an invalid date is shown unchanged', () => {
		expect(english.date(null)).toBe('');
		expect(english.ago(undefined)).toBe('');
		expect(english.dateTime('soon')).toBe('soon');
	});

	test('a time difference is shown in its largest unit', () => {
		vi.useFakeTimers({ now: Date.parse('2027-01-05T12:00:00Z') });
		expect(english.ago('2027-01-05T11:59:50Z')).toBe('now');
		expect(english.ago('2027-01-05T11:58:00Z')).toBe('2 minutes ago');
		expect(english.ago('2027-01-06T12:00:00Z')).toBe('tomorrow');
		expect(french.ago('2027-01-02T12:00:00Z')).toBe('il y a 3 jours');
		expect(english.ago('2025-01-02T12:00:00Z')).toBe('2 years ago');
		vi.useRealTimers();
	});

	test('numbers, percentages and amounts have the format of the language', () => {
		expect(plain(french.count(1234567.8))).toBe('1 234 567,8');
		expect(english.exact(0.123456789)).toBe('0.123456789');
		expect(english.percent(12.5)).toBe('12.5%');
		expect(english.percent(12.5, 0)).toBe('13%');
		expect(plain(french.money(1500))).toBe('1 500 €');
		expect(english.money(1500, 'USD')).toBe('US$1,500');
	});

	test('amounts in minor units are shown in units of the currency', () => {
		expect([unit('EUR'), unit('JPY'), unit('KWD')]).toEqual([100, 1, 1000]);
		expect(priceText('en-GB', 'EUR', 1999)).toBe('€19.99');
		expect(priceText('en-GB', 'JPY', 1999)).toBe('JP¥1,999');
	});
});
