// The periods of a commission statement.
export const periods = ['month', 'last_month', 'year', 'last_year'] as const;

/** Returns the first and the last day of a period. */
export function daysOf(period: string, today: string) {
	const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7)) - 1];
	const day = (y: number, m: number, d: number) => new Date(Date.UTC(y, m, d)).toISOString().slice(0, 10);
	switch (period) {
		case 'last_month':
			return { from: day(year, month - 1, 1), to: day(year, month, 0) };
		case 'year':
			return { from: day(year, 0, 1), to: day(year, 11, 31) };
		case 'last_year':
			return { from: day(year - 1, 0, 1), to: day(year - 1, 11, 31) };
		default:
			return { from: day(year, month, 1), to: day(year, month + 1, 0) };
	}
}
