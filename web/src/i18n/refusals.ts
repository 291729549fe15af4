// Translates error responses.
import { named } from './customNames';
import { colon, say } from './i18n';
import { reasons, type Coded } from './reasons';

export interface Problem extends Coded {
	type?: string;
	title?: string;
	detail?: string;
	message?: string;
	errors?: Record<string, string>;
	faults?: (Coded & { path: string })[]; // present if there are several errors
	existing?: { resource: string; id: number; name: string };
}

/** The problem type for actions that the user's role forbids. */
export const BY_ROLE = '/problems/role';

/** Returns the message for the problem type or, if there is none, for the status. A reason, if present, is appended. */
export function words(status: number, { type = '', title, errors, detail, message = detail }: Problem = {}): string {
	// The message names a field that the user's role does not allow the user to write.
	if (type === BY_ROLE) return (errors && message) || say('i18n.refusals.role');
	const general =
		status === 0
			? 'offline'
			: [502, 503, 504].includes(status)
				? 'busy'
				: status === 429
					? 'limited'
					: status < 500
						? 'refused'
						: 'internal';
	const code = type.split('/').pop();
	// The reason of a conflict is a complete phrase.
	if (code === 'conflict' && message && message !== title) return message;
	const sentence = say(`i18n.refusals.${code || general}`, { _: say(`i18n.refusals.${general}`) });
	return status >= 400 && status < 500 && message && message !== title ? `${sentence} (${message})` : sentence;
}

/** Returns the label of a resource's field. The last segment of the path names the field. */
export function labelOf(resource: string, path: string): string {
	const member = path.replace(/^.*[.\]]/, '');
	return say(`resources.${resource}.fields.${member}`, { _: member.replace(/_id$/, '').replaceAll('_', ' ') });
}

/**
 * Returns the problem in the user's language. The errors describe the faults by field, and the message also names the
 * fields.
 */
export async function inWords(status: number, problem: Problem = {}, resource = ''): Promise<Problem> {
	const { errors, faults, existing, message = problem.detail } = problem;
	if (status >= 500 || !message || message === problem.title || (problem.type === BY_ROLE && !errors)) return problem;
	const reason = await reasons();
	if (!errors) return { ...problem, message: reason(message, problem) };
	const texts = Object.entries(errors).map(([member, text]) => [
		named(member),
		existing
			? say('i18n.taken_by', { name: existing.name || `#${existing.id}` })
			: reason(
					text.startsWith(`${member}: `) ? text.slice(member.length + 2) : text,
					faults?.find(({ path }) => path === member) ?? problem,
				),
	]);
	return {
		...problem,
		errors: Object.fromEntries(texts),
		message: texts.map(([member, text]) => `${labelOf(resource, member!)}${colon()}${text}`).join(' '),
	};
}
