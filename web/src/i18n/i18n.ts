// Languages. The messages of a language are one chunk, which is loaded before anything renders. The pages for visitors
// have a smaller chunk. Each folder of src may contain messages.en.ts and messages.fr.ts. A module has module.en.ts and
// module.fr.ts, which are loaded with the module. Message keys start with the name of the folder.
import polyglotI18nProvider from 'ra-i18n-polyglot';
import type { I18nProvider, TranslationMessages } from 'ra-core';
import { byFolder } from './byFolder';

const KEY = 'tenantry.locale';

export const locales = [
	{ locale: 'en', name: 'English' },
	{ locale: 'fr', name: 'Français' },
] as const;

export type Locale = (typeof locales)[number]['locale'];

type Load = () => Promise<{ default: TranslationMessages }>;

const loaders: Record<Locale, { all: Load; visitor: Load }> = {
	en: { all: () => import('./all.en'), visitor: () => import('./visitor.en') },
	fr: { all: () => import('./all.fr'), visitor: () => import('./visitor.fr') },
};

const ofModules = import.meta.glob<object>('/src/*/module.*.ts', { import: 'default' });

const known = (name: string | null): name is Locale => locales.some(({ locale }) => locale === name);

function preferred(): Locale {
	const kept = localStorage.getItem(KEY);
	if (known(kept)) return kept;
	return navigator.languages.map((name) => name.slice(0, 2)).find(known) ?? 'en';
}

let messages: TranslationMessages;
let provider: I18nProvider | undefined;
let loading: Promise<I18nProvider> | undefined;
let completed: Promise<void> | undefined;

/** Translates outside components, after the texts have been loaded. */
export const say: I18nProvider['translate'] = (key, options) => provider?.translate(key, options) ?? key;

/** Returns the separator between a name and its value. */
export const colon = () => say('i18n.colon');

/** Waits until the texts are loaded, because requests may start earlier. */
export const texts = () => loading;

/** Makes say() use the provider with the labels that a workspace adds. */
export const speak = (worded: I18nProvider): I18nProvider => (provider = worded);

/** Stores the language and reloads the page. */
export function changeLanguage(locale: Locale): void {
	localStorage.setItem(KEY, locale);
	window.location.reload();
}

/** Returns the page's language. */
export const language = (): Locale => provider!.getLocale() as Locale;

async function load(part: 'visitor' | 'all'): Promise<I18nProvider> {
	const locale = preferred();
	({ default: messages } = await loaders[locale][part]());
	if (part === 'all') completed = Promise.resolve();
	document.documentElement.lang = locale;
	provider = polyglotI18nProvider(() => messages, locale, [...locales], { allowMissing: !import.meta.env.DEV });
	return provider;
}

/** Loads the texts for the visitor pages, or for all pages. */
export const loadI18n = (part: 'visitor' | 'all') => (loading = load(part));

/** Loads the texts of all pages, unless they are already loaded. */
export const completeI18n = (): Promise<void> =>
	(completed ??= loaders[language()].all().then((all) => {
		messages = all.default;
		return provider!.changeLocale(language());
	}));

/** Adds the texts for the modules that the organization uses. */
export async function addTexts(modules: string[]): Promise<void> {
	const paths = modules.map((name) => `/src/${name}/module.${language()}.ts`).filter((path) => ofModules[path]);
	const texts = await Promise.all(paths.map(async (path) => [path, await ofModules[path]!()] as const));
	await completed;
	messages = byFolder(messages, Object.fromEntries(texts));
	await provider!.changeLocale(language());
}
