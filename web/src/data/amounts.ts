// Adds amounts. The sum is rounded to four decimals to remove the errors of binary fractions. No currency has more
// decimals.

export const addAmounts = (one: number, other: number) => Number((one + other).toFixed(4));
