// Titles of records whose name is a day or an amount, in the page's language.
import { formatsOf, region } from '../i18n/formats';
import { say } from '../i18n/i18n';

const formats = () => formatsOf(region(), 'EUR');

export const dayText = (day?: string | null) => formats().date(day);

export const percentText = (percent: number) => formats().percent(percent);

/** Returns the title of a record without a name: its kind and its day. */
export const dated =
	(name: string) =>
	({ created_at }: { created_at?: string }) =>
		[say(`resources.${name}.name`, { smart_count: 1 }), dayText(created_at)].filter(Boolean).join(', ');
