import { language } from './i18n';

/** The user's regional variant of the page's language, such as en-GB. */
export function useRegion(): string {
	const spoken = language();
	return navigator.languages.find((one) => one.split('-')[0] === spoken) ?? spoken;
}
