import { expect, test } from 'vitest';
import { plainNumber } from '../src/ui/decimals';

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
