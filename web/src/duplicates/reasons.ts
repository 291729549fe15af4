import { useTranslate } from 'ra-core';

/** Returns the reasons of a match in words. */
export function useReasons() {
	const translate = useTranslate();
	return (reasons: string[]) => reasons.map((reason) => translate(`duplicates.reasons.${reason}`)).join(', ');
}
