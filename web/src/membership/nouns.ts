// What the descriptions of the module's nouns share: fields, texts, and features without an entry in the menu.
import type { Feature } from '../app/feature';
import type { Locale } from '../app/i18n';
import { currencyInput, Minor, OwnMinorInput } from '../app/minor';
import type { FieldSpec, Noun } from '../app/noun';
import { described } from '../app/pages';

/** Whom a row is about. */
export const member = { kind: 'reference', reference: 'user_profiles', required: true } satisfies FieldSpec;
export const stamps = { created_at: { kind: 'time', fixed: true }, updated_at: { kind: 'time', fixed: true } } satisfies Record<string, FieldSpec>;
/** An amount in minor units of the currency of the row. */
export const money = { amount: { kind: 'number', required: true, Cell: Minor, Input: OwnMinorInput },
	currency: { kind: 'text', required: true, input: currencyInput } } satisfies Record<string, FieldSpec>;

/** A field with one of these values; the label of a value is FIELD_VALUE among the texts of the fields. */
export const oneOf = (noun: string, field: string, values: string[]) => ({ kind: 'choice',
	choices: (_, say) => values.map((value) => ({ value, label: say(`resources.${noun}.fields.${field}_${value}`) })) }) satisfies FieldSpec;

const common: Record<Locale, Record<string, string>> = {
	en: { member_id: 'Member', name: 'Name', id: 'Number', status: 'Status', amount: 'Amount', currency: 'Currency', description: 'Description', reason: 'Reason',
		kind: 'Kind', label: 'Label', is_default: 'Default', starts_on: 'First day', ends_on: 'Last day', cancelled_on: 'Cancelled on',
		created_at: 'Created', updated_at: 'Updated', status_pending: 'Pending', status_active: 'Active', status_paused: 'Paused', status_suspended: 'Suspended',
		status_cancelled: 'Cancelled', status_failed: 'Failed', kind_other: 'Other' },
	fr: { member_id: 'Membre', name: 'Nom', id: 'Numéro', status: 'Statut', amount: 'Montant', currency: 'Devise', description: 'Description', reason: 'Motif',
		kind: 'Type', label: 'Libellé', is_default: 'Par défaut', starts_on: 'Premier jour', ends_on: 'Dernier jour', cancelled_on: 'Date d’annulation',
		created_at: 'Création', updated_at: 'Modification', status_pending: 'En attente', status_active: 'En cours', status_paused: 'En pause', status_suspended: 'Suspension',
		status_cancelled: 'Annulation', status_failed: 'Échec', kind_other: 'Autre' },
};

interface Texts {
	one: string;
	many: string;
	/** "No payments yet" */
	empty: string;
	/** "New payment" */
	create: string;
	invite?: string;
	/** French: the noun is feminine. */
	feminine?: true;
	fields?: Record<string, string>;
	tabs?: Record<string, string>;
}

/** The texts of a noun, with those of the fields that most nouns of the module have. */
export function words({ en, fr }: Record<Locale, Texts>): NonNullable<Noun['words']> {
	const of = (locale: Locale, { one, many, empty, create, invite, fields, tabs }: Texts, [created, updated, deleted, all]: string[]) => ({
		name: `${one} |||| ${many}`, empty, invite, action: { create }, fields: { ...common[locale], ...fields }, tabs,
		notifications: { created: `${one} ${created}`, updated: `${one} ${updated}`, deleted: `${one} ${deleted} |||| %{smart_count} ${many.toLowerCase()} ${all}` },
	});
	const e = fr.feminine ? 'e' : '';
	return { en: of('en', en, ['created', 'updated', 'deleted', 'deleted']),
		fr: of('fr', fr, [`créé${e}`, `modifié${e}`, `supprimé${e}`, `supprimé${e}s`]) };
}

/** Records that are reached from the pages of members. */
export const unlisted = (noun: Noun): Feature => ({ ...described(noun), menu: undefined });
