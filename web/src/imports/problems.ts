// The errors of rows in the language of the page: the server tells them in English.
import { useTranslate } from 'ra-core';
import { useFieldName } from './fields';

const known: Record<string, RegExp> = {
	email: /^"(.*)" is not an email address$/s,
	sign: /^"(.*)" is (?:not an amount in \w+|no whole number): "(.*)" is not allowed$/s,
	number: /^"(.*)" is no (?:whole number|number of a row)$/s,
	boolean: /^"(.*)" is neither true nor false$/s,
	order: /^"(.*)" has the day or the month first/s,
	damaged: /^"(.*)" is what a spreadsheet made of the value/s,
	date: /^"(.*)" is (?:no date such as|a day that no calendar has)/s,
	long: /^"(.*)" is too (?:long|large)$/s,
	amount: /^"(.*)" (?:is not an amount in|may have thousands or decimals)/s,
	decimals: /^"(.*)" has decimals/s,
	choice: /^()(?:".*" )?(?:must be one of:|is not an allowed value: one of) (.*)$/s,
	several: /^more than one (?:\w+ is called|row has) "(.*)"$/s,
	unknown: /^no (?:\w+ is called|row has) "(.*)"$/s,
	taken: /^(.*?) ?is taken$/s,
	empty: /^(?:must not be empty|is missing)$/,
	missing: /^there is no such row$/,
	forbidden: /^your role does not allow this$/,
	nameless: /^a contact needs a name/,
	negative: /^must not be negative$/,
	cells: /^the row has more cells than columns$/,
	changed: /^was changed since/,
	referred: /^others belong to it/,
	rows: /^the file has more rows than are allowed$/,
	json: /^the file is not JSON/,
	tries: /^the import failed after/,
	left: /^who began it is no member/,
};

/** say(PROBLEM): a problem of a row, or several, of any of its fields; one that is not known stays as it is. */
export function useProblem(resource: string | null) {
	const translate = useTranslate();
	const name = useFieldName(resource);
	const one = (text: string): string => {
		const [, field, rest = text] = /^(\w+): (.*)$/s.exec(text) ?? [];
		for (const [key, pattern] of Object.entries(known)) {
			const found = pattern.exec(rest);
			if (found) {
				const problem = translate(`imports.problems.${key}`, {
					value: found[1],
					choices: found[2],
					sign: found[2],
				});
				return field ? translate('imports.problem', { field: name(field), problem }) : problem;
			}
		}
		return field ? translate('imports.problem', { field: name(field), problem: rest }) : text;
	};
	return (problem: string) =>
		problem
			.split(/; (?=\w+: )/)
			.map(one)
			.join(' · ');
}
