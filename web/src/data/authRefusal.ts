import { HttpError, useTranslate } from 'ra-core';
import { words } from '../i18n/refusals';
import type { Refusal } from './auth';

/** Returns the message for an error of the API or of Better Auth on the sign-in pages. */
export function useRefusal(): (error: unknown) => string {
	const translate = useTranslate();
	return (error) => {
		const { status, message } = error as Refusal;
		const code =
			error instanceof HttpError
				? String(error.body?.type ?? '')
						.split('/')
						.pop()
				: (error as Refusal).code;
		return translate(`auth.refusals.${status === 429 ? 'limited' : code}`, {
			_: error instanceof HttpError ? message : words(status ?? 0, { message }),
		});
	};
}
