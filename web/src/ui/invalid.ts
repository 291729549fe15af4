// Shows the browser's validation errors below the fields of a form. The browser's own bubbles are in the browser's
// language instead of the page's, cover the next field, and disappear.
import type { I18nProvider } from 'ra-core';
import { region } from '../i18n/formats';

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const number = (text: string | null) => (text === null ? undefined : Number(text));

// Formats a bound in the page's number format. Date bounds remain unchanged.
const bound = (text: string | null) => (text && isFinite(Number(text)) ? Number(text).toLocaleString(region()) : text);

/** Returns the error text for a value, by the first fault that the browser finds. */
function reasonOf(control: Control, translate: I18nProvider['translate']): string {
	const { validity: is, type, validationMessage } = control;
	const limit = (name: string) => number(control.getAttribute(name));
	if (is.valueMissing) return translate('ra.validation.required');
	if (is.badInput) return translate(type === 'number' ? 'ra.validation.number' : 'ra.validation.regex');
	if (is.typeMismatch) return translate(type === 'email' ? 'ra.validation.email' : 'i18n.no_link');
	if (is.tooShort) return translate('ra.validation.minLength', { min: limit('minlength') });
	if (is.tooLong) return translate('ra.validation.maxLength', { max: limit('maxlength') });
	if (is.rangeUnderflow) return translate('ra.validation.minValue', { min: bound(control.getAttribute('min')) });
	if (is.rangeOverflow) return translate('ra.validation.maxValue', { max: bound(control.getAttribute('max')) });
	if (is.stepMismatch) return translate('i18n.step', { step: limit('step') ?? 1 });
	if (is.patternMismatch) return translate('ra.validation.regex');
	return validationMessage;
}

const boxOf = (control: Control) =>
	control.closest('.MuiFormControl-root') ?? control.closest('label') ?? control.parentElement!;

// Returns the element that gets the focus. For the hidden field of a select, this is the combobox.
const target = (control: Control) =>
	control.closest('.MuiFormControl-root')?.querySelector<HTMLElement>('[role=combobox]') ?? control;

/** From now on, invalid fields show a reason, and the first invalid field of a form gets the focus. */
export function showInvalid({ translate }: I18nProvider) {
	const shown = new Map<Control, () => void>();
	let focused = false;
	let ids = 0;

	function show(control: Control) {
		const box = boxOf(control);
		// If the form validates its values itself and already shows an error, there is nothing to do.
		if (box.querySelector('.MuiFormHelperText-root.Mui-error')?.textContent?.trim()) return;
		const field = target(control);
		const text = document.createElement('span');
		const described = field.getAttribute('aria-describedby');
		text.id = `invalid-${++ids}`;
		text.dataset.reason = '';
		text.textContent = reasonOf(control, translate);
		box.insertBefore(text, box.querySelector('.MuiFormHelperText-root'));
		box.setAttribute('data-invalid', '');
		field.setAttribute('aria-invalid', 'true');
		field.setAttribute('aria-describedby', [text.id, described].filter(Boolean).join(' '));
		shown.set(control, () => {
			text.remove();
			box.removeAttribute('data-invalid');
			field.setAttribute('aria-invalid', 'false');
			if (described) field.setAttribute('aria-describedby', described);
			else field.removeAttribute('aria-describedby');
			shown.delete(control);
		});
	}

	document.addEventListener(
		'invalid',
		(event) => {
			const control = event.target as Control;
			event.preventDefault();
			shown.get(control)?.();
			show(control);
			if (focused) return;
			focused = true; // the events of the other fields follow immediately
			setTimeout(() => (focused = false));
			target(control).focus();
		},
		true,
	);
	// Checks the fields again later, because a select changes its field only after the event.
	const check = () =>
		shown.size > 0 &&
		setTimeout(() => {
			for (const [control, hide] of shown) if (!control.isConnected || control.validity.valid) hide();
		});
	for (const kind of ['input', 'change', 'click', 'keyup']) document.addEventListener(kind, check, true);
}
