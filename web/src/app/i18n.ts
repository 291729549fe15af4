// Languages: one chunk of messages each, loaded before anything is drawn.
//
// Every folder beside this one may have messages.en.ts and messages.fr.ts; they
// are found by their names, and what they export is theirs by the folder's name.
import polyglotI18nProvider from 'ra-i18n-polyglot';
import type { I18nProvider, TranslationMessages } from 'ra-core';

const KEY = 'tenantry.locale';

export const locales = [
	{ locale: 'en', name: 'English' },
	{ locale: 'fr', name: 'Français' },
] as const;

export type Locale = (typeof locales)[number]['locale'];

const loaders: Record<Locale, () => Promise<{ default: TranslationMessages }>> = {
	en: () => import('./all.en'),
	fr: () => import('./all.fr'),
};

const known = (name: string | null): name is Locale =>
	locales.some(({ locale }) => locale === name);

function preferred(): Locale {
	const kept = localStorage.getItem(KEY);
	if (known(kept))
		return kept;
	return navigator.languages.map((name) => name.slice(0, 2)).find(known) ?? 'en';
}

let provider: I18nProvider;

/** The translation of a key, for what is no component. */
export const say: I18nProvider['translate'] = (key, options) => provider.translate(key, options);

/** The page begins anew, in that language. */
export function changeLanguage(locale: Locale): void {
	localStorage.setItem(KEY, locale);
	window.location.reload();
}

export async function loadI18n(): Promise<I18nProvider> {
	const locale = preferred();
	const { default: messages } = await loaders[locale]();
	document.documentElement.lang = locale;
	provider = polyglotI18nProvider(() => messages, locale, [...locales],
		{ allowMissing: !import.meta.env.DEV });
	return provider;
}
