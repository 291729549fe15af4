// Converts numbers between the notation of the page's language, with its decimal mark, and JavaScript's notation.
import { number } from 'ra-core';
import { region } from '../i18n/formats';

/** Converts typed or pasted text to the text of a number with a decimal point and without digit grouping. */
export function plainNumber(text: string, locale: string): string {
	const bare = text.replace(/[\s'’]/g, '').replace(/\u2212/g, '-');
	const marks = bare.match(/[.,]/g) ?? [];
	const last = marks.at(-1);
	const comma = new Intl.NumberFormat(locale).format(0.5).includes(',');
	const groups = marks.length > 1 ? new Set(marks).size === 1 : last === ',' && !comma && /,(\d{3})?$/.test(bare);
	const at = last && !groups ? bare.lastIndexOf(last) : bare.length;
	return bare.slice(0, at).replace(/[.,]/g, '') + bare.slice(at).replace(',', '.');
}

/**
 * From now on, fields of the type "number" accept the page's decimal mark, digit grouping and a minus sign. Browsers
 * drop characters that are invalid in the browser's language, which may differ from the page's language: 1250,5 would
 * become 12505.
 */
export function takeDecimals() {
	document.addEventListener('beforeinput', (event) => {
		const field = event.target;
		if (!(field instanceof HTMLInputElement) || field.type !== 'number' || !event.data) return;
		if (/^[-+.\deE]*$/.test(event.data)) return;
		event.preventDefault();
		document.execCommand('insertText', false, plainNumber(event.data, region()));
	});
}

/**
 * Returns the number in the text of an input, or null for an empty text. Text that is not a number is returned
 * unchanged, so that isDecimal refuses it.
 */
export function parseDecimal(text: string | number, locale = region()): string | number | null {
	const plain = plainNumber(String(text), locale);
	return plain === '' ? null : Number.isNaN(Number(plain)) ? String(text) : Number(plain);
}

export const formatDecimal = (value: unknown, locale = region()) =>
	typeof value === 'number'
		? new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 20 }).format(value)
		: typeof value === 'string'
			? value
			: '';

/** The properties of a NumberInput for amounts. Its format must not depend on the browser. */
export const decimalInput = {
	format: (value: unknown) => formatDecimal(value),
	parse: (text: string | number) => parseDecimal(text),
	slotProps: { htmlInput: { type: 'text', inputMode: 'decimal' as const, enterKeyHint: 'done' as const } },
};

export const isDecimal = number();
