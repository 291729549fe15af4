// Describes row problems in the page's language.
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { reasons, type Coded } from '../i18n/reasons';
import { useFieldName } from './fields';

export interface Problem extends Coded {
	field?: string;
	text: string;
}

/** Returns the problems of a row that an earlier release imported. Such a row has a single text for all problems. */
const told = (text: string): Problem[] =>
	text.split(/; (?=\w+: )/).map((one) => {
		const [, field, rest] = /^([a-z_]+): (.*)$/s.exec(one) ?? [];
		return { field, text: rest ?? one };
	});

/** Returns say(TEXT, PROBLEMS), which describes the problems of a row or of a file. */
export function useProblem(resource: string | null) {
	const translate = useTranslate();
	const name = useFieldName(resource);
	const { data: reason } = useQuery({ queryKey: ['reasons'], queryFn: reasons, staleTime: Infinity });
	return (text: string, problems?: Problem[] | null) =>
		(problems ?? told(text))
			.map((one) => {
				const problem = reason?.(one.text, one) ?? one.text;
				return one.field ? translate('imports.problem', { field: name(one.field), problem }) : problem;
			})
			.join(' · ');
}
