// What descriptions of resources share: texts that are made of a few words.
import type { Locale } from '../i18n/i18n';
import type { Resource } from './resource';

/** The input of a name that programs use, such as w9. */
export const codeInput = { parse: (text: string) => text.toLowerCase().replace(/[^a-z0-9_]+/g, '_') };

interface Texts {
	one: string;
	many: string;
	/** "No payments yet" */
	empty: string;
	/** "New payment" */
	create: string;
	invite?: string;
	/** French: the word is feminine. */
	feminine?: true;
	fields?: Record<string, string>;
	tabs?: Record<string, string>;
}

/** Makes the texts of resources, with those of the fields that most resources of a module have. */
export const wordsWith =
	(common: Record<Locale, Record<string, string>>) =>
	({ en, fr }: Record<Locale, Texts>): NonNullable<Resource['words']> => {
		const of = (
			locale: Locale,
			{ one, many, empty, create, invite, fields, tabs }: Texts,
			[created, updated, deleted, all]: string[],
		) => ({
			name: `${one} |||| ${many}`,
			empty,
			invite,
			action: { create },
			fields: { ...common[locale], ...fields },
			tabs,
			notifications: {
				created: `${one} ${created}`,
				updated: `${one} ${updated}`,
				deleted: `${one} ${deleted} |||| %{smart_count} ${many.toLowerCase()} ${all}`,
			},
		});
		const e = fr.feminine ? 'e' : '';
		return {
			en: of('en', en, ['created', 'updated', 'deleted', 'deleted']),
			fr: of('fr', fr, [`créé${e}`, `modifié${e}`, `supprimé${e}`, `supprimé${e}s`]),
		};
	};
