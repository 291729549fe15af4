// The text of a decimal number in an input: with a comma or a point before the decimals, whatever the language of the browser.
import { number } from 'ra-core';
import { region } from '../i18n/formats';

/** Text that is no number stays, so that number() refuses it. */
export function parseDecimal(text: string | number): string | number | null {
	const plain = String(text).trim().replace(',', '.');
	return plain === '' ? null : Number.isNaN(Number(plain)) ? String(text) : Number(plain);
}

export const formatDecimal = (value: unknown, locale = region()) =>
	typeof value === 'number'
		? new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 20 }).format(value)
		: typeof value === 'string'
			? value
			: '';

/** The properties of a NumberInput. */
export const decimalInput = {
	format: (value: unknown) => formatDecimal(value),
	parse: parseDecimal,
	slotProps: { htmlInput: { type: 'text', inputMode: 'decimal' as const, enterKeyHint: 'done' as const } },
};

export const isDecimal = number();
