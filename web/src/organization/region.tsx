// Inputs for a currency and a time zone.
import Autocomplete, { type AutocompleteProps } from '@mui/material/Autocomplete';
import TextField from '@mui/material/TextField';
import { useLocale, useTranslate } from 'ra-core';
import { currencies, zones } from '../i18n/regions';

type Props = Omit<AutocompleteProps<string, false, true, false>, 'options' | 'renderInput'>;

function Input({ id, ...props }: Props & { options: string[]; id: string }) {
	const translate = useTranslate();
	return (
		<Autocomplete
			id={id}
			disableClearable
			sx={{ flex: { sm: '0 1 280px' } }}
			{...props}
			renderInput={(params) => <TextField {...params} name={id} label={translate(`organization.${id}`)} />}
		/>
	);
}

/** An input for a form. The value begins with the currency code. */
export function CurrencyInput(props: Props) {
	const names = new Intl.DisplayNames(useLocale(), { type: 'currency' });
	return (
		<Input id="currency" options={currencies} getOptionLabel={(code) => `${code} · ${names.of(code)}`} {...props} />
	);
}

export const ZoneInput = (props: Props) => <Input id="zone" options={zones} {...props} />;
