// Calculations: their type, the keys of their texts, and the format of their amounts.
import { useRegion } from '../i18n/formats';

export const sections = ['materials', 'labour', 'machines', 'overhead'] as const;

export type Result = {
	currency: string;
	quantity: number;
	total_cost: number;
	unit_cost: number;
	lines: { section: string; name: string | null; quantity: number; rate: number; cost: number }[];
} & Record<(typeof sections)[number], number>;

/** The inputs of a calculation. */
export type Inputs = { [name: string]: unknown } & Partial<
	Record<(typeof sections)[number], Record<string, unknown>[]>
>;

/** "Frame" becomes "Frame (2)", and "Frame (2)" becomes "Frame (3)". */
export function nextVersion(name: string): string {
	const [, base = name, n = '1'] = /^(.*) \((\d+)\)$/.exec(name) ?? [];
	return `${base} (${Number(n) + 1})`;
}

/** Returns the message key of a calculator text. */
export const key = (name: string) => `resources.cost_calculations.fields.${name}`;

export interface Calculation {
	id: number;
	name: string;
	currency: string;
	total_cost: number;
	result: Result;
	inputs: Inputs;
	created_at: string;
}

/**
 * Returns a function that formats amounts in a currency. A currency code that Intl does not know is shown before the
 * number.
 */
export function useMoney(currency: string) {
	const region = useRegion();
	return (amount: number, digits?: number, most = digits) =>
		new Intl.NumberFormat(region, {
			style: 'currency',
			currency,
			...(digits !== undefined && { minimumFractionDigits: digits, maximumFractionDigits: most }),
		}).format(amount);
}
