import { useTranslate } from 'ra-core';

/** Why two are taken for one, in words. */
export function useReasons() {
	const translate = useTranslate();
	return (reasons: string[]) => reasons.map((reason) => translate(`duplicates.reasons.${reason}`)).join(', ');
}
