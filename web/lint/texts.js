// Refuses texts in code. Texts are in the messages.LOCALE.ts and module.LOCALE.ts files of each folder, so that each
// language has separate files and is loaded separately.
import { Linter } from 'eslint';
import typescript from 'typescript-eslint';

const OTHER = 'The text belongs into messages.LOCALE.ts of the folder, or module.LOCALE.ts of a module: see README.md';
export const texts = [
	// { en: 'Text', fr: 'Texte' }, even with lists or objects of texts
	'ObjectExpression:has(> Property[key.name="en"]):has(> Property[key.name="fr"])',
	// locale === 'fr' ? 'Texte' : 'Text'
	'ConditionalExpression[test.right.value=/^(en|fr)$/][consequent.type=/Literal$/]',
	'JSXText[value=/[A-Za-z]{2}/]:not([value=/^\\s*null\\s*$/])',
	'JSXAttribute[name.name=/^(label|title|placeholder|alt|aria-label|helperText|empty|lead|note)$/] > Literal[value=/ /]',
].map((selector) => ({ selector, message: OTHER }));

/** Returns the number of texts in this code that the rules refuse. */
export const refused = (code) =>
	new Linter().verify(
		code,
		{
			files: ['**/*.tsx'],
			languageOptions: { parser: typescript.parser, parserOptions: { ecmaFeatures: { jsx: true } } },
			rules: { 'no-restricted-syntax': ['error', ...texts] },
		},
		'one.tsx',
	).length;
