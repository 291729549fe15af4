// The texts of the pages of a member, in the user's language.
import { useLocale } from 'ra-core';
import type { Locale } from '../i18n/i18n';
import { words, type Word } from './memberWords';

export const useSay = () => {
	const locale = useLocale() as Locale;
	return (word: Word) => words[locale][word];
};
