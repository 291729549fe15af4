// The rules of web/; tests/web/lint.sh checks them.
import { fileURLToPath } from 'node:url';
import a11y from 'eslint-plugin-jsx-a11y';
import react from 'eslint-plugin-react';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import typescript from 'typescript-eslint';
import { texts } from './texts.js';

// These report errors as a state of the query, and a navigation that fails shows the error page.
const safe = [
	{ from: 'package', package: '@tanstack/query-core', name: ['invalidateQueries', 'cancelQueries', 'refetch'] },
	{ from: 'package', package: 'react-router', name: 'navigate' },
];

// Those of the compiler take as long as all others together.
const hooksRules = process.env.TESTS_ALL
	? hooks.configs.flat.recommended
	: {
			plugins: { 'react-hooks': hooks },
			rules: { 'react-hooks/rules-of-hooks': 'error', 'react-hooks/exhaustive-deps': 'error' },
		};

export default defineConfig(
	{ ignores: ['dist/'] },
	{
		files: ['**/*.{ts,tsx}'],
		extends: [
			...typescript.configs.recommendedTypeChecked,
			react.configs.flat.recommended,
			react.configs.flat['jsx-runtime'],
			hooksRules,
			a11y.flatConfigs.recommended,
		],
		languageOptions: {
			parserOptions: {
				project: './lint/tsconfig.json',
				tsconfigRootDir: fileURLToPath(new URL('..', import.meta.url)),
			},
		},
		settings: { react: { version: '19.3' } },
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: {
			// The fields of react-admin's records and the body of its errors have the type any; a Resource takes rows of any type.
			'@typescript-eslint/no-explicit-any': 'off',
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-call': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-return': 'off',
			'@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: safe }],
			// React ignores what a handler returns: useAct(), useSave() and forms show the error.
			'@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
			// A member that is taken out of the rest has a name.
			'@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
			// The types say it.
			'react/prop-types': 'off',
			// A dialog moves the focus into itself, to its first field.
			'jsx-a11y/no-autofocus': ['error', { ignoreNonDOM: true }],
			'no-restricted-syntax': ['error', ...texts],
			// A long line is scrolled with the keyboard, too.
			'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: ['pre'] }],
		},
	},
	{
		files: ['src/i18n/i18n.ts', 'src/*/{messages,module}.*.ts', 'tests/**'],
		rules: { 'no-restricted-syntax': 'off' },
	},
);
