// The module b2b.
import type { Feature, Module } from '../app/feature';
import { described } from '../app/pages';
import { distributorTerms } from './distributorTerms';
import { priceLists } from './priceLists';
import { prices } from './prices';
import { products } from './products';

// What a company has as a principal, and its terms also as a distributor.
const company: Feature = {
	tabs: {
		companies: {
			products: { noun: 'products', filter: ({ id }) => ({ principal_id: id }), add: ({ id }) => ({ principal_id: id }) },
			price_lists: { noun: 'price_lists', filter: ({ id }) => ({ principal_id: id }), add: ({ id }) => ({ principal_id: id }) },
			distributor_terms: { noun: 'distributor_terms', filter: ({ id }) => ({ '@or': { principal_id: id, distributor_id: id } }),
				add: ({ id }) => ({ principal_id: id }) },
		},
	},
};

export default {
	words: {
		en: { name: 'B2B', about: 'The products, price lists and distributors of the companies that you represent. They are kept when it is off.' },
		fr: { name: 'B2B', about: 'Les produits, tarifs et distributeurs des entreprises que vous représentez. Ils sont conservés quand il est désactivé.' },
	},
	features: [described(products), described(priceLists), prices, described(distributorTerms), company],
} satisfies Module as Module;
