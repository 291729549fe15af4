// The b2b module.
import type { Module } from '../records/area';
import { lazy } from '../ui/lazy';
import { described } from '../records/pages';
import { distributorTerms } from './distributorTerms';
import { forecast } from './forecastMenu';
import { items } from './items';
import { opportunities } from './opportunities';
import { organizations } from './organizations';
import { participants } from './participants';
import { pipelineSettings, stages } from './pipelines';
import { priceLists } from './priceLists';
import { principals } from './principalsMenu';
import { prices } from './prices';
import { products } from './products';
import { profiles } from './profiles';

const people = { shows: organizations.name, Part: lazy(() => import('./Organizations')) };

export default {
	areas: [
		forecast,
		principals,
		described(products),
		described(priceLists),
		prices,
		described(distributorTerms),
		{ resource: profiles },
		{ resource: organizations },
		{ resource: opportunities },
		participants,
		items,
		pipelineSettings,
		{ resource: stages },
		{
			adds: {
				companies: {
					tabs: {
						contact_organizations: people,
						products: {
							resource: 'products',
							filter: ({ id }) => ({ principal_id: id }),
							add: ({ id }) => ({ principal_id: id }),
						},
						price_lists: {
							resource: 'price_lists',
							filter: ({ id }) => ({ principal_id: id }),
							add: ({ id }) => ({ principal_id: id }),
						},
						distributor_terms: {
							resource: 'distributor_terms',
							filter: ({ id }) => ({ '@or': { principal_id: id, distributor_id: id } }),
							add: ({ id }) => ({ principal_id: id }),
						},
					},
					panel: { shows: profiles.name, Part: lazy(() => import('./Profile')) },
				},
				contacts: { tabs: { contact_organizations: people } },
				deals: {
					tabs: {
						opportunity_participants: {
							resource: 'opportunity_participants',
							filter: ({ id }) => ({ opportunity_id: id }),
							add: ({ id }) => ({ opportunity_id: id }),
						},
						opportunity_items: {
							resource: 'opportunity_items',
							filter: ({ id }) => ({ opportunity_id: id }),
							add: ({ id }) => ({ opportunity_id: id }),
						},
					},
					panel: { shows: opportunities.name, Part: lazy(() => import('./Opportunity')) },
				},
			},
		},
	],
} satisfies Module;
