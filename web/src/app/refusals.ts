// Translates error responses.
import { say } from './i18n';

export interface Problem {
	type?: string;
	title?: string;
	detail?: string;
	message?: string;
	errors?: Record<string, string>;
	existing?: { resource: string; id: number; name: string };
}

/** The message for the problem type, or else for the status. The server's English detail is
 * appended when it says more, such as which field is wrong. */
export function words(status: number, { type = '', title, detail, message = detail }: Problem = {}): string {
	const general = status === 0 ? 'offline' : [502, 503, 504].includes(status) ? 'busy'
		: status === 429 ? 'limited' : status < 500 ? 'refused' : 'internal';
	const code = type.split('/').pop();
	const sentence = say(`app.refusals.${code || general}`, { _: say(`app.refusals.${general}`) });
	return status >= 400 && status < 500 && message && message !== title ? `${sentence} (${message})` : sentence;
}

/** The same problem with translated words at the members whose value another record has. */
export const withExisting = (problem?: Problem): Problem | undefined => problem?.existing && problem.errors ? {
	...problem, errors: Object.fromEntries(Object.keys(problem.errors).map((member) =>
		[member, say('app.taken_by', { name: problem.existing!.name || `#${problem.existing!.id}` })])),
} : problem;
