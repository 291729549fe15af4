// The organization's lists of stages, statuses and other choices. Lists that the organization has not configured have
// default values with translated labels.
import { createContext, useContext, useMemo } from 'react';
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
	companySectors: [
		'communication-services',
		'consumer-discretionary',
		'consumer-staples',
		'energy',
		'financials',
		'health-care',
		'industrials',
		'information-technology',
		'materials',
		'real-estate',
		'utilities',
	],
	dealStages: ['opportunity', 'proposal-sent', 'in-negociation', 'won', 'lost', 'delayed'],
	dealCategories: ['other', 'copywriting', 'print-project', 'ui-design', 'website-design'],
	noteStatuses: ['cold', 'warm', 'hot', 'in-contract'],
	taskTypes: ['none', 'email', 'demo', 'lunch', 'meeting', 'follow-up', 'thank-you', 'ship', 'call'],
	lostReasons: ['price', 'competitor', 'budget', 'decision', 'timing', 'other'],
};
type List = keyof typeof own;
type Stored = RaRecord & { config: Document; time_zone: string };
type Translate = ReturnType<typeof useTranslate>;
const statusColors: Record<string, string> = {
	cold: '#7dbde8',
	warm: '#e8cb7d',
	hot: '#e88b7d',
	'in-contract': '#a4e87d',
};

/** Returns the label of a value, or the value itself if the list does not contain it. */
export const labelOf = (choices: Choice[], value: string | null | undefined): string =>
	choices.find((choice) => choice.value === value)?.label ?? value ?? '';

/** Returns choices in the format of react-admin's inputs. */
export const asChoices = (choices: Choice[]) => choices.map(({ value, label }) => ({ id: value, name: label }));

/** Returns the stored configuration. Portal users, and operators without an organization, cannot read it. */
export function useOwnConfiguration() {
	const { portal, organization_id } = useMe();
	return useGetOne<Stored>(
		'configuration',
		{ id: 1 },
		{ staleTime: 300_000, enabled: !portal && organization_id !== '' },
	);
}

function configurationOf(document: Stored | undefined, translate: Translate) {
	const config = document?.config ?? {};
	const list = (name: List): Choice[] =>
		Array.isArray(config[name])
			? config[name]
			: own[name].map((value) => ({
					value,
					label: translate(`i18n.choices.${name}.${value}`),
					...(name === 'noteStatuses' && { color: statusColors[value] }),
				}));
	return {
		currency: config.currency ?? 'USD',
		timeZone: document?.time_zone ?? 'UTC',
		dealPipelineStatuses: config.dealPipelineStatuses ?? ['won'],
		companySectors: list('companySectors'),
		dealStages: list('dealStages'),
		dealCategories: list('dealCategories'),
		noteStatuses: list('noteStatuses'),
		taskTypes: list('taskTypes'),
		/** The state of the first steps, after a step has begun. */
		setup: config.setup,
		lostReasons: list('lostReasons'),
	};
}

export type Configuration = ReturnType<typeof configurationOf>;

/** The configuration. The layout computes it once, because hundreds of table cells read it. */
export const ConfigurationContext = createContext<Configuration | undefined>(undefined);

/** Returns the default configuration, or the organization's stored one. */
export function useConfigurationOf(document: Stored | undefined) {
	const translate = useTranslate();
	return useMemo(() => configurationOf(document, translate), [document, translate]);
}

/**
 * Returns the configuration that the layout has loaded, or the default for users who cannot read the configuration.
 */
export function useConfiguration(): Configuration {
	const translate = useTranslate();
	const own = useContext(ConfigurationContext);
	return useMemo(() => own ?? configurationOf(undefined, translate), [own, translate]);
}
