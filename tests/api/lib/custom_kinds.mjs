// A value of each kind of custom field. A new kind must be listed here.
import { uploaded } from './files.mjs';

export const samples = {
	text: 'Hush77', longtext: 'Hush77 long', integer: 77001122, number: 77001122.5, money: 77001122.25, date: '2077-07-07', time: '2077-07-07T09:00:00.000Z',
	boolean: true, choice: 'Gold77', choices: ['Gold77'], url: 'https://hush77.test', email: 'hush77@example.test', phone: '+41 77 001 122',
	address: { address: '7 Hush77 Street', city: 'Hush77' }, file: ({ who }) => uploaded(who, 'Hush77 in a file', { title: 'Hush77.txt' }),
	person: ({ who }) => who.me.id, relation: ({ other }) => other, relations: ({ other }) => [other], rollup: undefined,
};

// Returns the value of a kind for a row of an organization. other is the ID of a company.
export const sampled = (kind, about) => typeof samples[kind] === 'function' ? samples[kind](about) : samples[kind];
