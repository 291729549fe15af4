// What the descriptions of the module's resources share: fields, texts, and areas without an entry in the menu.
import { wordsWith } from '../records/description';
import type { Area } from '../records/area';
import { currencyInput, Minor, OwnMinorInput } from '../records/minor';
import type { FieldSpec, Resource } from '../records/resource';
import { described } from '../records/pages';

/** Whom a row is about. */
export const member = { required: true } satisfies FieldSpec;
/** An amount in minor units of the currency of the row. */
export const money = {
	amount: { required: true, Cell: Minor, Input: OwnMinorInput },
	currency: { required: true, input: currencyInput },
} satisfies Record<string, FieldSpec>;

/** The texts of a resource, with those of the fields that most resources of the module have. */
export const words = wordsWith({
	en: {
		status_pending: 'Pending',
		status_active: 'Active',
		status_paused: 'Paused',
		status_suspended: 'Suspended',
		status_cancelled: 'Cancelled',
		status_failed: 'Failed',
		kind_other: 'Other',
	},
	fr: {
		status_pending: 'En attente',
		status_active: 'En cours',
		status_paused: 'En pause',
		status_suspended: 'Suspension',
		status_cancelled: 'Annulation',
		status_failed: 'Échec',
		kind_other: 'Autre',
	},
});

/** Records that are reached from the pages of members. */
export const unlisted = (resource: Resource): Area => ({ ...described(resource), menu: undefined });
