// What an organization has chosen: stages, statuses and the like.  Lists that it
// has not chosen are these, with labels from the messages.
import { useMemo } from 'react';
import { useGetOne, useTranslate, type RaRecord } from 'ra-core';

export interface Choice {
	value: string;
	label: string;
	color?: string;
}

interface Document {
	currency?: string;
	companySectors?: Choice[];
	dealStages?: Choice[];
	dealCategories?: Choice[];
	dealPipelineStatuses?: string[];
	noteStatuses?: Choice[];
	taskTypes?: Choice[];
}

const own = {
	companySectors: ['communication-services', 'consumer-discretionary', 'consumer-staples',
		'energy', 'financials', 'health-care', 'industrials', 'information-technology',
		'materials', 'real-estate', 'utilities'],
	dealStages: ['opportunity', 'proposal-sent', 'in-negociation', 'won', 'lost', 'delayed'],
	dealCategories: ['other', 'copywriting', 'print-project', 'ui-design', 'website-design'],
	noteStatuses: ['cold', 'warm', 'hot', 'in-contract'],
	taskTypes: ['none', 'email', 'demo', 'lunch', 'meeting', 'follow-up', 'thank-you', 'ship', 'call'],
};
type List = keyof typeof own;
const statusColors: Record<string, string> =
	{ cold: '#7dbde8', warm: '#e8cb7d', hot: '#e88b7d', 'in-contract': '#a4e87d' };

/** Values that rows hold are shown as they are where no list has them. */
export const labelOf = (choices: Choice[], value: string | null | undefined): string =>
	choices.find((choice) => choice.value === value)?.label ?? value ?? '';

/** For the inputs of react-admin. */
export const asChoices = (choices: Choice[]) =>
	choices.map(({ value, label }) => ({ id: value, name: label }));

/** As it is kept. */
export const useOwnConfiguration = () => useGetOne<RaRecord & { config: Document; time_zone: string }>(
	'configuration', { id: 1 }, { staleTime: 300_000 });

/** Below the layout, which waits for it. */
export function useConfiguration() {
	const translate = useTranslate();
	const { data } = useOwnConfiguration();
	return useMemo(() => {
		const config = data?.config ?? {};
		const list = (name: List): Choice[] => config[name] ?? own[name].map((value) => ({
			value, label: translate(`app.choices.${name}.${value}`),
			...(name === 'noteStatuses' && { color: statusColors[value] }) }));
		return {
			currency: config.currency ?? 'USD',
			timeZone: data?.time_zone ?? 'UTC',
			dealPipelineStatuses: config.dealPipelineStatuses ?? ['won'],
			companySectors: list('companySectors'),
			dealStages: list('dealStages'),
			dealCategories: list('dealCategories'),
			noteStatuses: list('noteStatuses'),
			taskTypes: list('taskTypes'),
		};
	}, [data, translate]);
}
