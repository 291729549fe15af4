// The organization's lists of stages, statuses and so on. Lists that it has not configured have
// these defaults, with translated labels.
import { useMemo } from 'react';
import { useGetOne, useTranslate, type RaRecord } from 'ra-core';
import { useMe } from './session';

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
	setup?: object;
	lostReasons?: Choice[];
}

const own = {
	companySectors: ['communication-services', 'consumer-discretionary', 'consumer-staples',
		'energy', 'financials', 'health-care', 'industrials', 'information-technology',
		'materials', 'real-estate', 'utilities'],
	dealStages: ['opportunity', 'proposal-sent', 'in-negociation', 'won', 'lost', 'delayed'],
	dealCategories: ['other', 'copywriting', 'print-project', 'ui-design', 'website-design'],
	noteStatuses: ['cold', 'warm', 'hot', 'in-contract'],
	taskTypes: ['none', 'email', 'demo', 'lunch', 'meeting', 'follow-up', 'thank-you', 'ship', 'call'],
	lostReasons: ['price', 'competitor', 'budget', 'decision', 'timing', 'other'],
};
type List = keyof typeof own;
const statusColors: Record<string, string> =
	{ cold: '#7dbde8', warm: '#e8cb7d', hot: '#e88b7d', 'in-contract': '#a4e87d' };

/** The label of a value, or the value itself when the list does not contain it. */
export const labelOf = (choices: Choice[], value: string | null | undefined): string =>
	choices.find((choice) => choice.value === value)?.label ?? value ?? '';

/** Choices in the format of react-admin's inputs. */
export const asChoices = (choices: Choice[]) =>
	choices.map(({ value, label }) => ({ id: value, name: label }));

/** The stored configuration. Portal users, and operators without an organization, cannot read one. */
export function useOwnConfiguration() {
	const { portal, organization_id } = useMe();
	return useGetOne<RaRecord & { config: Document; time_zone: string }>(
		'configuration', { id: 1 }, { staleTime: 300_000, enabled: !portal && organization_id !== '' });
}

export type Configuration = ReturnType<typeof useConfiguration>;

/** Only for use inside the layout, which waits for the configuration, and by users without one, for whom
 * it is the default. */
export function useConfiguration() {
	const translate = useTranslate();
	const { data } = useOwnConfiguration();
	return useMemo(() => {
		const config = data?.config ?? {};
		const list = (name: List): Choice[] => Array.isArray(config[name]) ? config[name] : own[name].map((value) => ({
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
			/** The state of the first steps, once one is begun. */
			setup: config.setup,
			lostReasons: list('lostReasons'),
		};
	}, [data, translate]);
}
