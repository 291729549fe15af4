// The form on these pages: native fields, one request, and the request error.
import { useState, type FormEvent, type ReactNode } from 'react';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import FormControl from '@mui/material/FormControl';
import FormHelperText from '@mui/material/FormHelperText';
import InputLabel from '@mui/material/InputLabel';
import OutlinedInput, { type OutlinedInputProps } from '@mui/material/OutlinedInput';
import Stack from '@mui/material/Stack';
import { useTranslate } from 'ra-core';
import { useRefusal } from '../data/authRefusal';

export type Values = Record<string, string>;

export function Form({
	action,
	submit,
	children,
}: {
	action: string;
	submit: (values: Values) => Promise<unknown>;
	children: ReactNode;
}) {
	const explain = useRefusal();
	const [busy, setBusy] = useState(false);
	const [problem, setProblem] = useState<string>();
	const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const values = Object.fromEntries(new FormData(event.currentTarget)) as Values;
		setBusy(true);
		setProblem(undefined);
		try {
			await submit(values);
		} catch (error) {
			setProblem(explain(error));
		} finally {
			setBusy(false);
		}
	};
	return (
		<form onSubmit={onSubmit}>
			<Stack spacing={2}>
				{children}
				{problem && <Alert severity="error">{problem}</Alert>}
				<Button type="submit" variant="contained" size="large" disabled={busy}>
					{action}
				</Button>
			</Stack>
		</form>
	);
}

interface FieldProps extends OutlinedInputProps {
	name: string;
	helperText?: string;
}

/** A field of the form; its label is auth.NAME. MUI's TextField would also load menus. */
export function Field({ name, helperText, required = true, ...rest }: FieldProps) {
	const label = useTranslate()(`auth.${name}`);
	const help = `${name}-helper-text`;
	return (
		<FormControl required={required} size="medium">
			<InputLabel htmlFor={name}>{label}</InputLabel>
			<OutlinedInput
				id={name}
				name={name}
				label={label}
				{...rest}
				{...(helperText && { 'aria-describedby': help })}
			/>
			{helperText && <FormHelperText id={help}>{helperText}</FormHelperText>}
		</FormControl>
	);
}

/** The field for the email address, which an invitation may determine. */
export function Email({ of, ...rest }: { of?: { email: string | null } | undefined } & Omit<FieldProps, 'name'>) {
	const email = of?.email;
	return (
		<Field
			name="email"
			type="email"
			{...rest}
			{...(email && { defaultValue: email, slotProps: { input: { readOnly: true } } })}
		/>
	);
}

export function NewPassword() {
	const translate = useTranslate();
	return (
		<Field
			name="password"
			type="password"
			autoComplete="new-password"
			helperText={translate('auth.password_help')}
			slotProps={{ input: { minLength: 8, maxLength: 128 } }}
		/>
	);
}
