// The formats of the user's region, with the organization's currency.
import { useConfiguration } from './configuration';
import { formatsOf, useRegion } from '../i18n/formats';

export function useFormats() {
	const locale = useRegion();
	const { currency } = useConfiguration();
	return formatsOf(locale, currency);
}
