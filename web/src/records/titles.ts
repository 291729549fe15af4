// Titles of records whose names are days or amounts, in the language of the page.
import { formatsOf, region } from '../i18n/formats';
import { say } from '../i18n/i18n';

const formats = () => formatsOf(region(), 'EUR');

/** A day as text. */
export const dayText = (day?: string | null) => formats().date(day);

export const percentText = (percent: number) => formats().percent(percent);

/** The title of a record that has no name: what it is, and of which day. */
export const dated =
	(name: string) =>
	({ created_at }: { created_at?: string }) =>
		[say(`resources.${name}.name`, { smart_count: 1 }), dayText(created_at)].filter(Boolean).join(', ');
