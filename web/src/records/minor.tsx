// Amounts in minor units of a currency, which the API uses for prices, dues and payments.
import InputAdornment from '@mui/material/InputAdornment';
import { NumberInput } from 'react-admin';
import { minValue, type Validator } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { useRegion } from '../i18n/formats';
import { decimalInput, formatDecimal, isDecimal, parseDecimal } from '../ui/decimals';
import type { Shown } from './resource';

/** Returns the number of minor units in one unit of a currency. */
export const unit = (currency: string) =>
	10 ** new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits!;

/** Returns an amount in minor units as text. */
export const priceText = (region: string, currency: string, amount: number) =>
	new Intl.NumberFormat(region, { style: 'currency', currency }).format(amount / unit(currency));

/** An amount in the currency of its record. */
export function Minor({ row, value }: Shown) {
	const region = useRegion();
	return priceText(region, row.currency, value);
}

/** Amounts by currency: `{"EUR": 4000}`. */
export function Sums({ value }: Shown) {
	const region = useRegion();
	return Object.entries(value as Record<string, number>)
		.map(([currency, amount]) => priceText(region, currency, amount))
		.join(' + ');
}

interface Props {
	source: string;
	field?: unknown;
}

/** The input for an amount in minor units. It is disabled until the currency is known. */
export function MinorInput({ field: _, currency, ...props }: Props & { currency?: string } & Record<string, unknown>) {
	const known = currency && /^[A-Z]{3}$/.test(currency) ? currency : undefined;
	const minor = known ? unit(known) : 1;
	return (
		<NumberInput
			key={known}
			{...props}
			validate={[isDecimal, minValue(0), ...[props.validate ?? []].flat()] as Validator[]}
			readOnly={!known}
			format={(value) => formatDecimal(typeof value === 'number' ? value / minor : value)}
			parse={(text) => {
				const said = parseDecimal(text);
				return typeof said === 'number' ? Math.round(said * minor) : said;
			}}
			slotProps={{
				input: { endAdornment: <InputAdornment position="end">{known}</InputAdornment> },
				...decimalInput.slotProps,
			}}
		/>
	);
}

/** The input for an amount in the form's currency. */
export const OwnMinorInput = (props: Props) => (
	<MinorInput {...props} currency={useWatch({ name: 'currency' }) as string | undefined} />
);

/** The properties of a currency input. */
export const currencyInput = {
	parse: (text: string) => text.toUpperCase(),
	slotProps: { htmlInput: { maxLength: 3 } },
};
