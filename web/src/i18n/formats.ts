// Formats dates, times, numbers and money in the language of the page and the time zone of the user. Components call
// useFormats().
import { language } from './i18n';

/** Returns the user's regional variant of the page's language, such as en-GB. */
export function region(): string {
	const spoken = language();
	return navigator.languages.find((one) => one.split('-')[0] === spoken) ?? spoken;
}

/** region() for components. */
export const useRegion = region;

const units: [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 31_557_600],
	['month', 2_629_800],
	['week', 604_800],
	['day', 86_400],
	['hour', 3600],
	['minute', 60],
];

/** Returns the day of a date in the user's time zone, as YYYY-MM-DD. */
export const dayKey = (date: Date): string =>
	[date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, '0')).join('-');

export const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Returns true for a date without a time. */
export const isDay = (text: string) => /^\d{4}-\d\d-\d\d$/.test(text);

/** Returns the start of a day and the start of the next day, in the user's time zone. */
export function dayBounds(day: string): [string, string] {
	const [year, month, date] = day.split('-').map(Number) as [number, number, number];
	return [new Date(year, month - 1, date).toISOString(), new Date(year, month - 1, date + 1).toISOString()];
}

// Returns the local time in a time zone, in milliseconds as if the local time were UTC.
function wall(zone: string, at: number): number {
	const parts = new Intl.DateTimeFormat('en-US', {
		timeZone: zone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
	}).formatToParts(at);
	const part = (name: string) => Number(parts.find(({ type }) => type === name)!.value);
	return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

const DAY = 86_400_000;

/** Returns the days up to the current one in a time zone, oldest first, as YYYY-MM-DD. */
export function lastDays(zone: string, days: number): string[] {
	const today = wall(zone, Date.now());
	return Array.from({ length: days }, (_, n) => new Date(today - (days - 1 - n) * DAY).toISOString().slice(0, 10));
}

/** Returns the start of a day in a time zone. */
export function dayStart(zone: string, day: string): string {
	const midnight = Date.parse(day);
	// Tries the offsets of the previous and the next day, because the offset may change at this midnight.
	const starts = [midnight - DAY, midnight + DAY].map((near) => midnight - (wall(zone, near) - near));
	return new Date(starts.find((at) => wall(zone, at) === midnight) ?? starts[0]!).toISOString();
}

const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

type When = string | number | Date | null | undefined;

function makeFormats(locale: string, currency: string) {
	const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
	const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
	const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
	const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
	const count = new Intl.NumberFormat(locale);
	const amounts = new Map<string, Intl.NumberFormat>();
	const money = (amount: number, of: string, options: Intl.NumberFormatOptions = {}) => {
		const whole = Number.isInteger(amount);
		const key = `${of} ${whole} ${options.notation}`;
		const made =
			amounts.get(key) ??
			new Intl.NumberFormat(locale, {
				style: 'currency',
				currency: of,
				maximumFractionDigits: whole ? 0 : 4,
				...options,
			});
		amounts.set(key, made);
		return made.format(amount);
	};
	const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });
	const bytes = (size: number) => {
		const n = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), sizes.length - 1);
		return new Intl.NumberFormat(locale, { style: 'unit', unit: sizes[n]!, maximumFractionDigits: 1 }).format(
			size / 1000 ** n,
		);
	};
	const when = (format: Intl.DateTimeFormat) => (value: When) => {
		if (value == null) return '';
		// A date without a time is the same day in every time zone.
		const at = new Date(typeof value === 'string' && isDay(value) ? `${value}T12:00` : value);
		return isNaN(at.getTime()) ? String(value) : format.format(at);
	};
	return {
		/** Formats the size of a file. */
		bytes,
		date: when(date),
		dateTime: when(time),
		/** Formats a date without its year. */
		day: when(day),
		/** "3 days ago", "tomorrow", "now". */
		ago: (value: When): string => {
			if (value == null) return '';
			const seconds = (new Date(value).getTime() - Date.now()) / 1000;
			const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['minute', 60];
			const n = Math.round(seconds / size);
			return relative.format(n, n === 0 ? 'second' : unit);
		},
		count: (value: number) => count.format(value),
		/** Formats a number with all its digits. */
		exact: (value: number) => exact.format(value),
		/**
		 * Formats a percentage, such as percent(12.5), with all digits or with a maximum number of digits. Unlike the
		 * style "percent", the unit "percent" requires no division by 100.
		 */
		percent: (value: number, digits = 20) =>
			new Intl.NumberFormat(locale, { style: 'unit', unit: 'percent', maximumFractionDigits: digits }).format(
				value,
			),
		/** Formats the amount of a deal, with decimals unless it is a whole number. */
		money: (amount: number, of = currency) => money(amount, of),
		/** Formats an amount for narrow spaces. Amounts of ten million or more are rounded, as in $12.35M. */
		shortMoney: (amount: number) =>
			money(amount, currency, Math.abs(amount) < 1e7 ? {} : { notation: 'compact', maximumFractionDigits: 2 }),
	};
}

const made = new Map<string, ReturnType<typeof makeFormats>>();

/** Returns the formats of a locale and a currency. They are cached, because hundreds of table cells use them. */
export function formatsOf(locale: string, currency: string) {
	const key = `${locale} ${currency}`;
	const formats = made.get(key) ?? makeFormats(locale, currency);
	made.set(key, formats);
	return formats;
}
