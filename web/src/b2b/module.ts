// The module b2b.
import type { Module } from '../app/feature';
import { described } from '../app/pages';
import { products } from './products';

export default {
	words: {
		en: { name: 'B2B', about: 'The products of the companies that you represent. They are kept when it is off.' },
		fr: { name: 'B2B', about: 'Les produits des entreprises que vous représentez. Ils sont conservés quand il est désactivé.' },
	},
	features: [described(products)],
} satisfies Module as Module;
