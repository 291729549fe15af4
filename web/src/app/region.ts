import { useLocale } from 'ra-core';

/** The user's regional variant of the page's language, such as en-GB. */
export function useRegion(): string {
	const language = useLocale();
	return navigator.languages.find((one) => one.split('-')[0] === language) ?? language;
}
