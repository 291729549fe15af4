// Parts that the descriptions of the module's resources share: fields, and areas without an entry in the menu.
import type { Area } from '../records/area';
import { currencyInput, Minor, OwnMinorInput } from '../records/minor';
import type { FieldSpec, Resource } from '../records/resource';
import { described } from '../records/pages';

/** The member whom a row is about. */
export const member = { required: true } satisfies FieldSpec;
/** An amount in minor units of the currency of the row. */
export const money = {
	amount: { required: true, Cell: Minor, Input: OwnMinorInput },
	currency: { required: true, input: currencyInput },
} satisfies Record<string, FieldSpec>;

/** Records that are reached from the pages of members. */
export const unlisted = (resource: Resource): Area => ({ ...described(resource), menu: undefined });
