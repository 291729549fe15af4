import { afterEach, describe, expect, test } from 'vitest';
import { nextPath, outsidePath, secret, signInPath } from '../src/data/address';
import { picture, safeLink } from '../src/ui/link';

describe('links that users typed', () => {
	test.each([
		['example.org', 'https://example.org/'],
		['http://example.org/a b', 'http://example.org/a%20b'],
		['mailto:ada@example.org', 'mailto:ada@example.org'],
		['tel:+33123', 'tel:+33123'],
	])('%s is a link', (typed, address) => expect(safeLink(typed)).toBe(address));

	test.each(['javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x', 'vbscript:x', 'https://', '', null])(
		'%s is not a link',
		(typed) => expect(safeLink(typed)).toBeUndefined(),
	);

	test('a picture has an address on this server', () => {
		expect(picture({ src: 'https://crm.example.org/uploads/a1.png' })).toBe('/uploads/a1.png');
		expect(picture({ src: 'https://example.org/a1.png' })).toBeUndefined();
		expect(picture({ src: '/uploads/../api/me' })).toBeUndefined();
		expect(picture(null)).toBeUndefined();
	});
});

describe('the sign-in page', () => {
	test('leads back to the page that the visitor opened', () => {
		expect(signInPath('/', false)).toBe('/sign-in');
		expect(signInPath('/contacts?q=a', true)).toBe('/sign-in?next=%2Fcontacts%3Fq%3Da&ended=1');
		expect(signInPath('/', 'staff')).toBe('/sign-in?ended=staff');
		expect(nextPath('?next=%2Fcontacts%3Fq%3Da')).toBe('/contacts?q=a');
	});

	test.each(['//example.org', '/\\example.org', 'https://example.org', '/\t/example.org', 'contacts'])(
		'never leads to %s',
		(next) => expect(nextPath(`?${new URLSearchParams({ next })}`)).toBe('/'),
	);
});

describe('a token in the fragment', () => {
	afterEach(() => void (window.location.hash = ''));
	test('is read', () => {
		window.location.hash = '#invite=abc';
		expect(secret('invite')).toBe('abc');
		expect(secret('access_token')).toBeNull();
	});
});

describe('a visitor who is not signed in', () => {
	test.each([
		[undefined, '/sign-in'],
		[{ is_initialized: true, demo: false }, '/sign-in'],
		[{ is_initialized: false, demo: false }, '/sign-up'],
		[{ is_initialized: false, demo: true }, '/sign-in'],
		[{ is_initialized: true, demo: true }, '/sign-in'],
	])('in the state %j comes to %s', (state, path) =>
		expect(outsidePath(state, { pathname: '/', search: '' })).toBe(path),
	);
});
