// The portal for partners, which are the portal users of a distributor: read-only pages with the distributor's
// opportunities, terms and commissions, and the price lists of its principals.
import { createElement, type ComponentType } from 'react';
import type { PortalArea } from '../records/area';
import { lazy } from '../ui/lazy';

const page = (
	path: string,
	name: 'Opportunities' | 'Opportunity' | 'Terms' | 'Commissions' | 'PriceLists' | 'PriceList',
) => ({
	path,
	element: createElement(lazy(async () => ({ default: (await import('./PartnerPages'))[name] as ComponentType }))),
});

export default {
	isFor: ({ partner }) => partner !== undefined,
	pages: [
		page('/opportunities', 'Opportunities'),
		page('/opportunities/:id/show', 'Opportunity'),
		page('/distributor_terms', 'Terms'),
		page('/commissions', 'Commissions'),
		page('/price_lists', 'PriceLists'),
		page('/price_lists/:id/show', 'PriceList'),
	],
	links: ['opportunities', 'distributor_terms', 'commissions', 'price_lists'].map((name) => ({
		to: `/${name}`,
		label: `b2b.portal.${name}`,
	})),
} satisfies PortalArea as PortalArea;
