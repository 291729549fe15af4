// Dates, times and money, as the language of the page writes them and in the
// time zone of whoever reads.
import { useMemo } from 'react';
import { useLocale } from 'ra-core';
import { useConfiguration } from './configuration';

const units: [Intl.RelativeTimeFormatUnit, number][] =
	[['year', 31_557_600], ['month', 2_629_800], ['week', 604_800], ['day', 86_400],
		['hour', 3600], ['minute', 60]];

/** YYYY-MM-DD of the day that it is where the reader is. */
export const dayKey = (date: Date): string =>
	[date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, '0')).join('-');

/** True for a day without an hour. */
export const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text);

/** When that day begins where the reader is, and when the next one does. */
export function dayBounds(day: string): [string, string] {
	const [year, month, date] = day.split('-').map(Number) as [number, number, number];
	return [new Date(year, month - 1, date).toISOString(), new Date(year, month - 1, date + 1).toISOString()];
}

/** The reader's own kind of the language of the page: en-GB where the browser asks for it. */
export function useRegion(): string {
	const language = useLocale();
	return navigator.languages.find((one) => one.split('-')[0] === language) ?? language;
}

type When = string | number | Date | null | undefined;

export function useFormats() {
	const locale = useRegion();
	const { currency } = useConfiguration();
	return useMemo(() => {
		const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
		const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
		const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
		const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
		const count = new Intl.NumberFormat(locale);
		const when = (format: Intl.DateTimeFormat) => (value: When) => {
			if (value == null)
				return '';
			// A day without an hour is that day everywhere.
			const at = new Date(typeof value === 'string' && isDay(value) ? `${value}T12:00` : value);
			return isNaN(at.getTime()) ? String(value) : format.format(at);
		};
		return {
			date: when(date),
			dateTime: when(time),
			/** A day without its year. */
			day: when(day),
			/** "3 days ago", "tomorrow". */
			ago(value: When): string {
				if (value == null)
					return '';
				const seconds = (new Date(value).getTime() - Date.now()) / 1000;
				const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ??
					['minute', 60];
				return relative.format(Math.round(seconds / size), unit);
			},
			count: (value: number) => count.format(value),
			/** Whole units, as a deal has them. */
			money: (amount: number, of = currency) => new Intl.NumberFormat(locale,
				{ style: 'currency', currency: of, maximumFractionDigits: 0 }).format(amount),
			/** Short, for axes of charts. */
			moneyShort: (amount: number, of = currency) => new Intl.NumberFormat(locale,
				{ style: 'currency', currency: of, notation: 'compact' }).format(amount),
		};
	}, [locale, currency]);
}
