// The server's errors about fields for which the form has no input.
import { useEffect, useRef } from 'react';
import Alert from '@mui/material/Alert';
import { useResourceContext } from 'ra-core';
import { useFormContext, useFormState } from 'react-hook-form';
import { colon } from '../i18n/i18n';
import { labelOf } from '../i18n/refusals';

/** Returns the errors of a form with the names of their inputs. A list contains the errors of its elements. */
function leaves(errors: object, at = ''): [name: string, message: string][] {
	return Object.entries(errors).flatMap(([name, error]: [string, unknown]) => {
		if (typeof error !== 'object' || error === null || name === 'ref') return [];
		const { message } = error as { message?: unknown };
		return typeof message === 'string' && message ? [[at + name, message]] : leaves(error, `${at}${name}.`);
	});
}

/**
 * Shows these errors below the inputs, and focuses the first input that the server refuses. Otherwise, the errors would
 * be invisible, and would prevent any later save.
 */
export function OtherErrors() {
	const resource = useResourceContext() ?? '';
	const { control, clearErrors, setError, setFocus } = useFormContext();
	const { errors, isSubmitting } = useFormState();
	const { root, ...all } = errors;
	const others = leaves(all).filter(([name]) => !control._names.mount.has(name));
	const names = others.map(([name]) => name);
	useEffect(() => {
		if (names.length === 0) return;
		const message = others.map(([name, text]) => `${labelOf(resource, name)}${colon()}${text}`).join(' ');
		clearErrors(names);
		setError('root.serverError', { message });
		// eslint-disable-next-line react-hooks/exhaustive-deps
	}, [names.join()]);
	// If the form itself refuses an input, the input gets the focus anyway.
	const sent = useRef(false);
	useEffect(() => {
		const first = leaves(errors)
			.map(([name]) => name)
			.find((name) => control._names.mount.has(name));
		if (sent.current && !isSubmitting && first) setFocus(first);
		sent.current = isSubmitting;
		// eslint-disable-next-line react-hooks/exhaustive-deps
	}, [isSubmitting]);
	return root?.serverError?.message ? (
		<Alert severity="error" sx={{ mt: 1 }}>
			{root.serverError.message}
		</Alert>
	) : null;
}
