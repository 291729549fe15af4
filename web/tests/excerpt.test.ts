import { expect, test } from 'vitest';
import { excerpt } from '../src/ui/excerpt';

test.each([
	['Wants the **new catalogue** by *Friday*', 'Wants the new catalogue by Friday'],
	['# Plan\n\n- call\n- [write](https://example.org)\n1. wait', 'Plan call write wait'],
	['`code` and ~~old~~ __new__ _text_', 'code and old new text'],
	['2 * 3 * 4, snake_case_name, a - b', '2 * 3 * 4, snake_case_name, a - b'],
	['', ''],
])('%s', (source, shown) => {
	expect(excerpt(source)).toBe(shown);
});

test('a long text without line breaks is cut before its marks are removed', () => {
	for (const text of ['[', '**a ', '![a](', '_a '].map((part) => part.repeat(100_000)))
		expect(excerpt(text).length).toBeLessThanOrEqual(500);
});
