// An address: its cell and its inputs. Its members have the names of a company's columns.
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { TextInput } from 'react-admin';
import { useTranslate } from 'ra-core';
import { useLabel } from './label';
import type { Shown } from './resource';

export const members = ['address', 'zipcode', 'city', 'state_abbr', 'country'] as const;
type Address = Partial<Record<(typeof members)[number], string | null>>;

const linesOf = ({ address, zipcode, city, state_abbr, country }: Address) =>
	[address, [zipcode, city].filter(Boolean).join(' '), state_abbr, country].filter(Boolean);

/** Returns whether all members of an object are those of an address. */
export const isAddress = (value: object): value is Address =>
	Object.keys(value).every((name) => members.some((one) => one === name));

/** Returns an address as one line. */
export const addressLine = (value: Address) => linesOf(value).join(', ');

export const AddressCell = ({ value, table }: Shown) =>
	table
		? addressLine(value)
		: linesOf(value).map((line) => (
				<span key={line} className="value">
					{line}
				</span>
			));

/** One text input for each member. */
export function AddressInput({
	source,
	label,
	helperText,
	autoFocus,
	needed,
}: {
	source: string;
	label?: string;
	helperText?: string | false;
	autoFocus?: boolean;
	/** Shows that a value is required. */
	needed?: boolean;
}) {
	const translate = useTranslate();
	const named = useLabel()({ source });
	const input = (name: (typeof members)[number]) => (
		<TextInput
			source={`${source}.${name}`}
			label={`i18n.address.${name}`}
			autoComplete="off"
			autoFocus={Boolean(autoFocus) && name === members[0]}
			helperText={false}
			slotProps={{ htmlInput: { enterKeyHint: 'done', maxLength: 500 } }}
		/>
	);
	return (
		<Stack component="fieldset" sx={{ border: 0, p: 0, m: 0, mb: 3, gap: 1.5, width: '100%', minWidth: 0 }}>
			<Typography component="legend" variant="body2" color="textSecondary" sx={{ p: 0, mb: 1.5 }}>
				{label ?? named}
				{needed && ' *'}
			</Typography>
			{input('address')}
			<Stack direction="row" sx={{ gap: 2 }}>
				{input('zipcode')}
				{input('city')}
			</Stack>
			<Stack direction="row" sx={{ gap: 2 }}>
				{input('state_abbr')}
				{input('country')}
			</Stack>
			{helperText && (
				<Typography variant="caption" color="textSecondary">
					{translate(helperText, { _: helperText })}
				</Typography>
			)}
		</Stack>
	);
}
