// The module factory.
import type { Module } from '../records/area';
import { lazy } from '../ui/lazy';
import { described } from '../records/pages';
import { calculations, people, rates } from './costs';
import { integrations, jobs, mappings } from './integrations';
import { overview } from './overviewMenu';

export default {
	words: {
		en: {
			name: 'Factory',
			about:
				'Cost calculations with rates and comparisons, and integrations with their mappings and jobs. The role of a profile decides who sees what. All is kept ' +
				'when it is off.',
		},
		fr: {
			name: 'Usine',
			about:
				'Des calculs de coût avec tarifs et comparaisons, et des intégrations avec leurs correspondances et tâches. Le rôle d’un profil décide de ce que chacun voit. ' +
				'Tout est conservé quand il est désactivé.',
		},
	},
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
