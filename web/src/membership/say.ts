// The texts of the pages that members see.
import { useTranslate } from 'ra-core';

export const useSay = () => {
	const translate = useTranslate();
	return (text: string) => translate(`membership.portal.${text}`);
};
