import { expect, test } from 'vitest';
import { addAmounts } from '../src/data/amounts';
import { formatsOf } from '../src/i18n/formats';
import { formatDecimal, parseDecimal, plainNumber } from '../src/ui/decimals';

test.each([
	['fr-FR', ',', '.'],
	['fr-FR', '1250,5', '1250.5'],
	['fr-FR', '1\u202f250,50', '1250.50'],
	['fr-FR', '1.250', '1.250'],
	['fr-CH', '1’250.50', '1250.50'],
	['fr-FR', '1.250.000,5', '1250000.5'],
	['fr-FR', '\u22123,5', '-3.5'],
	['en-GB', ',', ''],
	['en-GB', '1,250', '1250'],
	['en-GB', '1,250.50', '1250.50'],
	['en-GB', '1250,5', '1250.5'],
	['en-GB', '1,250,000', '1250000'],
])('%s: %s is %s', (locale, text, plain) => {
	expect(plainNumber(text, locale)).toBe(plain);
});

test('a decimal number may be entered with a comma or a point in every language', () => {
	for (const [text, value] of [
		['12.5', 12.5],
		['12,5', 12.5],
		[' 12 ', 12],
		['0,10', 0.1],
		['', null],
		['12,', 12],
		['1,234.50', 1234.5],
		['1.234,50', 1234.5],
	] as const)
		for (const locale of ['en-GB', 'fr-FR']) expect(parseDecimal(text, locale)).toBe(value);
	expect(parseDecimal('a lot', 'en-GB')).toBe('a lot');
});

test('a decimal number is shown in the format of the language, and parsed again', () => {
	expect(formatDecimal(12.5, 'fr-FR')).toBe('12,5');
	for (const value of [12.5, 0.1, 25500, 1234567.891])
		expect(parseDecimal(formatDecimal(value, 'fr-FR'), 'fr-FR')).toBe(value);
	expect(formatDecimal(null, 'fr-FR')).toBe('');
	expect(formatDecimal('a lot', 'fr-FR')).toBe('a lot');
});

test('an amount has decimals unless it is a whole number', () => {
	const { money } = formatsOf('en-US', 'USD');
	expect([25500, 12.5, 0.1, -3.25].map((one) => money(one))).toEqual(['$25,500', '$12.50', '$0.10', '-$3.25']);
	expect([money(1.125, 'KWD'), money(12, 'KWD'), money(12, 'JPY')].map((one) => one.replace(/\u00a0/g, ' '))).toEqual(
		['KWD 1.125', 'KWD 12', '¥12'],
	);
	expect([0.1, 0.2, 0.7].reduce(addAmounts)).toBe(1);
});
