// Why the server did not do it, in the language of the reader.
import { say } from './i18n';

export interface Problem {
	type?: string;
	title?: string;
	detail?: string;
	message?: string;
}

/** A sentence by its code, or by its status; the server's own words, which are
 * English, follow where they say more: which member, and what is wrong with it. */
export function words(status: number, { type = '', title, detail, message = detail }: Problem = {}): string {
	const general = status === 0 ? 'offline' : [502, 503, 504].includes(status) ? 'busy'
		: status === 429 ? 'limited' : status < 500 ? 'refused' : 'internal';
	const code = type.split('/').pop();
	const sentence = say(`app.refusals.${code || general}`, { _: say(`app.refusals.${general}`) });
	return status >= 400 && status < 500 && message && message !== title ? `${sentence} (${message})` : sentence;
}
