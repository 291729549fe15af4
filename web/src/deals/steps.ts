// The stages of a deal over time, oldest first.
import type { Identifier } from 'ra-core';
import type { Provider } from '../data/dataProvider';

export interface Step {
	stage: string;
	at: string;
	name: string | null;
}

export const stepsQuery = (ask: Provider['ask'], id: Identifier) => ({
	queryKey: ['deals', 'stages', id],
	queryFn: () => ask<Step[]>(`/api/deals/${id}/stages`),
});
