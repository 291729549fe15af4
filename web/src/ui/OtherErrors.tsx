// What the server refuses about members that the form has no input for.
import { useEffect } from 'react';
import Alert from '@mui/material/Alert';
import { useResourceContext } from 'ra-core';
import { useFormContext, useFormState } from 'react-hook-form';
import { labelOf } from '../i18n/refusals';

/** The errors of a form by the names of their inputs; a list has those of its elements. */
function leaves(errors: object, at = ''): [name: string, message: string][] {
	return Object.entries(errors).flatMap(([name, error]: [string, unknown]) => {
		if (typeof error !== 'object' || error === null || name === 'ref') return [];
		const { message } = error as { message?: unknown };
		return typeof message === 'string' && message ? [[at + name, message]] : leaves(error, `${at}${name}.`);
	});
}

/** Shows these errors below the inputs; without this they would be invisible, and no later save would be sent. */
export function OtherErrors() {
	const resource = useResourceContext() ?? '';
	const { control, clearErrors, setError } = useFormContext();
	const { errors } = useFormState();
	const { root, ...all } = errors;
	const others = leaves(all).filter(([name]) => !control._names.mount.has(name));
	const names = others.map(([name]) => name);
	useEffect(() => {
		if (names.length === 0) return;
		const message = others.map(([name, text]) => `${labelOf(resource, name)}: ${text}`).join(' ');
		clearErrors(names);
		setError('root.serverError', { message });
		// eslint-disable-next-line react-hooks/exhaustive-deps
	}, [names.join()]);
	return root?.serverError?.message ? (
		<Alert severity="error" sx={{ mt: 1 }}>
			{root.serverError.message}
		</Alert>
	) : null;
}
