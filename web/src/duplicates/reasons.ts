import { useTranslate } from 'ra-core';

/** Returns a function that describes why two records match. */
export function useReasons() {
	const translate = useTranslate();
	return (reasons: string[]) => reasons.map((reason) => translate(`duplicates.reasons.${reason}`)).join(', ');
}
