// The module b2b.
import { lazy } from 'react';
import type { Module } from '../app/feature';
import { described } from '../app/pages';
import { organizations } from './organizations';
import { products } from './products';
import { profiles } from './profiles';

const people = { shows: organizations.name, Part: lazy(() => import('./Organizations')) };

export default {
	words: {
		en: { name: 'B2B', about: 'Types and parents of companies, contacts in several organizations, and the products of the companies that you '
			+ 'represent. They are kept when it is off.' },
		fr: { name: 'B2B', about: 'Les types et les sociétés mères des entreprises, les contacts dans plusieurs organisations, et les produits des '
			+ 'entreprises que vous représentez. Ils sont conservés quand il est désactivé.' },
	},
	features: [
		described(products),
		{ noun: profiles },
		{ noun: organizations },
		{ adds: {
			companies: { tab: people, panel: { shows: profiles.name, Part: lazy(() => import('./Profile')) } },
			contacts: { tab: people },
		} },
	],
} satisfies Module as Module;
