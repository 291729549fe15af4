// Parts that the descriptions of the module's resources share: fields, and areas without a menu entry.
import type { Area } from '../records/area';
import { currencyInput, Minor, OwnMinorInput } from '../records/minor';
import type { FieldSpec, Resource } from '../records/resource';
import { described } from '../records/pages';

/** The member whom a row is about. */
export const member = { required: true } satisfies FieldSpec;
/** A country, as a two-letter code. */
export const country = {
	input: {
		parse: (text: string) => text.toUpperCase(),
		slotProps: { htmlInput: { maxLength: 2 } },
		helperText: 'auth.country_help',
	},
} satisfies FieldSpec;
/** An amount in minor units of the row's currency. */
export const money = {
	amount: { required: true, Cell: Minor, Input: OwnMinorInput },
	currency: { required: true, input: currencyInput },
} satisfies Record<string, FieldSpec>;

/** An area without a menu entry: its records are reached from the pages of members. */
export const unlisted = (resource: Resource): Area => ({ ...described(resource), menu: undefined });
