// Languages. The messages of one language are one chunk, loaded before anything renders. Each
// folder of src may have messages.en.ts and messages.fr.ts; their keys start with the name of the
// folder.
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

const known = (name: string | null): name is Locale => locales.some(({ locale }) => locale === name);

function preferred(): Locale {
	const kept = localStorage.getItem(KEY);
	if (known(kept)) return kept;
	return navigator.languages.map((name) => name.slice(0, 2)).find(known) ?? 'en';
}

let provider: I18nProvider;

/** Translates outside of components. */
export const say: I18nProvider['translate'] = (key, options) => provider.translate(key, options);

/** Lets say() use the texts that a workspace adds. */
export const speak = (worded: I18nProvider): I18nProvider => (provider = worded);

/** Stores the language and reloads the page. */
export function changeLanguage(locale: Locale): void {
	localStorage.setItem(KEY, locale);
	window.location.reload();
}

export async function loadI18n(): Promise<I18nProvider> {
	const locale = preferred();
	const { default: messages } = await loaders[locale]();
	document.documentElement.lang = locale;
	provider = polyglotI18nProvider(() => messages, locale, [...locales], { allowMissing: !import.meta.env.DEV });
	return provider;
}
