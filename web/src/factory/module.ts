// The factory module.
import type { Module } from '../records/area';
import { lazy } from '../ui/lazy';
import { described } from '../records/pages';
import { calculations, people, rates } from './costs';
import { integrations, jobs, mappings } from './integrations';
import { overview } from './overviewMenu';

export default {
	areas: [
		overview,
		described(calculations, { create: lazy(() => import('./Calculator')) }),
		described(rates),
		described(integrations),
		described(mappings),
		described(jobs),
		described(people),
	],
} satisfies Module;
