// Numbers as people write them in fields of the type "number". Browsers drop what is not in their own language, which may be
// another one than that of the page: 1250,5 became 12505.
import { region } from '../i18n/formats';

/** What was typed or pasted, with a decimal point and without groups of digits. */
export function plainNumber(text: string, locale: string): string {
	const bare = text.replace(/[\s'’]/g, '').replace(/\u2212/g, '-');
	const marks = bare.match(/[.,]/g) ?? [];
	const last = marks.at(-1);
	const comma = new Intl.NumberFormat(locale).format(0.5).includes(',');
	const groups = marks.length > 1 ? new Set(marks).size === 1 : last === ',' && !comma && /,(\d{3})?$/.test(bare);
	const at = last && !groups ? bare.lastIndexOf(last) : bare.length;
	return bare.slice(0, at).replace(/[.,]/g, '') + bare.slice(at).replace(',', '.');
}

/** Fields of numbers take the decimal mark of the page, groups of digits and a minus sign from now on. */
export function takeDecimals() {
	document.addEventListener('beforeinput', (event) => {
		const field = event.target;
		if (!(field instanceof HTMLInputElement) || field.type !== 'number' || !event.data) return;
		if (/^[-+.\deE]*$/.test(event.data)) return;
		event.preventDefault();
		document.execCommand('insertText', false, plainNumber(event.data, region()));
	});
}
