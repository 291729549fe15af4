import { HttpError, useTranslate } from 'ra-core';
import type { Refusal } from './client';

/** Words for what either wire refused: ours by its code, else the server's. */
export function useRefusal(): (error: unknown) => string {
	const translate = useTranslate();
	return (error) => {
		const { status, message } = error as Refusal;
		const code = error instanceof HttpError
			? String(error.body?.type ?? '').split('/').pop() : (error as Refusal).code;
		if (!status || [502, 503, 504].includes(status))
			return translate(status ? 'app.connection.busy' : 'app.connection.title');
		return translate(`auth.refusals.${status === 429 ? 'limited' : code}`,
			{ _: message || translate('ra.page.error') });
	};
}
