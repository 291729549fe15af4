// Tracks whether the user has changed a form. Its fields are uncontrolled (defaultValue).
import { useState, type FormEvent } from 'react';

const differs = (one: Element) =>
	one instanceof HTMLInputElement && one.type === 'checkbox'
		? one.checked !== one.defaultChecked
		: (one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement) &&
			one.name !== '' &&
			one.value !== one.defaultValue;

/** Returns [CHANGED, PROPS, settle]. The form gets PROPS, and settle() must be called after the form was saved. */
export function useChanged(): [boolean, { onChange: (event: FormEvent<HTMLFormElement>) => void }, () => void] {
	const [changed, setChanged] = useState(false);
	return [
		changed,
		{ onChange: ({ currentTarget }) => setChanged([...currentTarget.elements].some(differs)) },
		() => setChanged(false),
	];
}
