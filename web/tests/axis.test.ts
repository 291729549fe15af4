import { expect, test } from 'vitest';
import { topOf } from '../src/dashboard/axis';

test.each([
	[[], 4],
	[[0, 1, 0], 4],
	[[5], 6],
	[[80], 80],
	[[7, 9, 11], 20],
	// One outlier is cut off. Two of three values are not outliers.
	[[2, 3, 4, 500], 6],
	[[1, 50], 4],
	[[3, 400, 500], 500],
	[Array.from({ length: 30 }, (_, n) => (n === 3 ? 1000 : 10 + (n % 5))), 30],
])('the axis of %j ends at %i', (totals, top) => {
	expect(topOf(totals)).toBe(top);
});
