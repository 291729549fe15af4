// The organization's lists of stages, statuses and other choices. Lists that the organization has not configured have
// default values with translated labels.
import { createContext, useContext, useMemo } from 'react';
import { useGetOne, useTranslate, type RaRecord } from 'ra-core';
import { choices as defaults } from '../i18n/choices.en';
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

type List = keyof typeof defaults;
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
	const list = (name: List): Choice[] => {
		const usual: Record<string, string> = defaults[name];
		const said = (value: string) => translate(`i18n.choices.${name}.${value}`);
		// The server stores all labels when one choice is added.
		const isUsual = ({ value, label }: Choice) => usual[value]?.toLowerCase() === label?.toLowerCase();
		return Array.isArray(config[name])
			? config[name].map((one) => (one.value in usual && isUsual(one) ? { ...one, label: said(one.value) } : one))
			: Object.keys(usual).map((value) => ({
					value,
					label: said(value),
					...(name === 'noteStatuses' && { color: statusColors[value] }),
				}));
	};
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
