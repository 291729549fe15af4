// Computes the end of a chart's axis.
/** Returns the next round even number. */
function round(most: number): number {
	const unit = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
	return [1, 2, 3, 4, 5, 6, 8, 10].map((n) => Math.max(n * unit, 4)).find((one) => one >= most && one % 2 === 0)!;
}

/** Returns the end of the axis. All days fit except outliers, which are cut off. */
export function topOf(totals: number[]): number {
	const busy = totals.filter((one) => one > 0).sort((a, b) => a - b);
	const usual = busy[Math.ceil(busy.length * 0.9) - 2] ?? 0; // the second largest of ten values
	const most = busy[busy.length - 1] ?? 0;
	return round(usual > 0 && most > 3 * usual ? 1.5 * usual : most);
}
