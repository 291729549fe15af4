// The focus after a dialog is closed. MUI does not know which element had the focus if a field of the dialog takes it
// immediately.
import { useEffect, useState } from 'react';

/** Returns the focus to the element that had it before this component, when the component is removed. */
export function useFocusBack() {
	const [before] = useState(() => document.activeElement);
	useEffect(
		() => () => {
			const lost = document.activeElement === null || document.activeElement === document.body;
			if (lost && before instanceof HTMLElement) before.focus({ preventScroll: true });
		},
		[before],
	);
}
