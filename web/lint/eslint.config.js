// The lint rules for web/. tests/web/lint.sh checks them.
import { fileURLToPath } from 'node:url';
import a11y from 'eslint-plugin-jsx-a11y';
import react from 'eslint-plugin-react';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig } from 'eslint/config';
import typescript from 'typescript-eslint';
import { texts } from './texts.js';

// These functions report errors in the state of the query. A navigation that fails shows the error page.
const safe = [
	{ from: 'package', package: '@tanstack/query-core', name: ['invalidateQueries', 'cancelQueries', 'refetch'] },
	{ from: 'package', package: 'react-router', name: 'navigate' },
];

// The rules of the React compiler take as long as all other rules together.
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
			// The fields of react-admin's records and the bodies of its errors have the type any. A Resource takes rows
			// of any type.
			'@typescript-eslint/no-explicit-any': 'off',
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-call': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-return': 'off',
			'@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: safe }],
			// React ignores the value that a handler returns. useAct(), useSave() and forms show errors.
			'@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
			// A variable may serve only to leave a member out of the rest.
			'@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
			// The types describe the properties.
			'react/prop-types': 'off',
			// A dialog moves the focus into itself, to its first field.
			'jsx-a11y/no-autofocus': ['error', { ignoreNonDOM: true }],
			'no-restricted-syntax': ['error', ...texts],
			// A long line must be scrollable with the keyboard.
			'jsx-a11y/no-noninteractive-tabindex': ['error', { tags: ['pre'] }],
		},
	},
	{
		files: ['src/i18n/{i18n,choices.en}.ts', 'src/*/{messages,module}.*.ts', 'tests/**'],
		rules: { 'no-restricted-syntax': 'off' },
	},
);
