// Converts numbers between the notation of people, with the decimal mark of the page's language, and the notation of
// JavaScript.
import { number } from 'ra-core';
import { region } from '../i18n/formats';

/** Converts typed or pasted text to a number with a decimal point and without digit grouping, as text. */
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
 * Makes fields of the type "number" accept the decimal mark of the page, digit grouping and a minus sign from now on.
 * Browsers drop characters that are invalid in their own language, which may differ from the language of the page:
 * 1250,5 became 12505.
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
 * Returns the number in the text of an input, or null for an empty text. Any other text is unchanged, so that
 * isDecimal refuses it.
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

/** The properties of a NumberInput for amounts, whose format must not depend on the browser. */
export const decimalInput = {
	format: (value: unknown) => formatDecimal(value),
	parse: (text: string | number) => parseDecimal(text),
	slotProps: { htmlInput: { type: 'text', inputMode: 'decimal' as const, enterKeyHint: 'done' as const } },
};

export const isDecimal = number();
