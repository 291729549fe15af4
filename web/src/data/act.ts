// Runs a user's action, and reports success or failure.
import { useCallback, useState } from 'react';
import { HttpError, useNotify, useTranslate } from 'ra-core';
import type { Refusal } from './auth';
import { useRefusal } from './authRefusal';

/** Returns the message for an error of the API or of Better Auth. */
export function useExplain(): (error: unknown) => string {
	const translate = useTranslate();
	const explain = useRefusal();
	return useCallback(
		(error) => {
			const { code } = (error instanceof HttpError ? (error.body ?? {}) : error) as Refusal;
			const plain = error instanceof HttpError ? error.message : explain(error);
			return code ? translate(`profile.refusals.${code}`, { _: plain }) : plain;
		},
		[translate, explain],
	);
}

/** Returns [BUSY, act]. act(WORK, DONE) runs WORK, and then shows the message DONE or the error. */
export function useAct(): [boolean, (work: () => Promise<unknown>, done?: string) => Promise<boolean>] {
	const notify = useNotify();
	const explain = useExplain();
	const [busy, setBusy] = useState(false);
	const act = async (work: () => Promise<unknown>, done?: string) => {
		setBusy(true);
		try {
			await work();
			if (done) notify(done, { type: 'success' });
			return true;
		} catch (error) {
			notify(explain(error), { type: 'error' });
			return false;
		} finally {
			setBusy(false);
		}
	};
	return [busy, act];
}
