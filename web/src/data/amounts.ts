// Sums of amounts. The digits that binary fractions add are removed; no currency has more than four.

export const addAmounts = (one: number, other: number) => Number((one + other).toFixed(4));
