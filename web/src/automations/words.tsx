// Describes a rule in words.
import { Fragment, type ReactNode } from 'react';
import Box from '@mui/material/Box';
import { useQuery } from '@tanstack/react-query';
import { FunctionField, ReferenceField } from 'react-admin';
import { useTranslate, type RaRecord } from 'ra-core';
import { useResourceName } from '../data/resourceName';
import { useFormats } from '../data/useFormats';
import { useLabel } from '../records/label';
import { nameOf } from '../records/RowInput';
import { colon } from '../i18n/i18n';
import { reasons, type Coded } from '../i18n/reasons';
import { isObject, named } from '../i18n/customNames';
import { textOf } from '../i18n/text';
import { aboutOf, actions, operators, triggerOf, type About, type Condition, type Kind, type Rule } from './rule';
import { useRuleFields } from './useRuleFields';
import { references, useChoices } from './ValueInput';

/** Returns the label of a field, as on the pages of its resource. */
export function useFieldName() {
	const translate = useTranslate();
	const label = useLabel();
	return (about: About, field: string): string => {
		const [custom, key, part] = field.split('.');
		const name = label({ resource: about, source: named(part ? `${custom}.${key}` : field) });
		return part
			? `${name}${colon()}${translate(part === 'title' ? 'i18n.file.title' : `i18n.address.${part}`)}`
			: translate(`automations.fields.${field}`, { _: name });
	};
}

export function useTriggerName() {
	const translate = useTranslate();
	const resourceName = useResourceName();
	return (type: string): string => {
		const [about = '', event] = type.split('.');
		return isObject(about)
			? translate(`automations.triggers.object_${event}`, { name: resourceName(about) })
			: translate(`automations.triggers.${type.replace('.', '_')}`);
	};
}

export function Value({ kind, value }: { kind: Kind; value: unknown }): ReactNode {
	const translate = useTranslate();
	const choices = useChoices()[kind];
	const { date, dateTime, count } = useFormats();
	const reference = references[kind];
	if (Array.isArray(value))
		return value.map((one, i) => (
			<Fragment key={i}>
				{i > 0 && ', '}
				<Value kind={kind} value={one} />
			</Fragment>
		));
	if (value == null || value === '') return translate('automations.empty');
	const text = textOf(value);
	if (reference)
		return (
			<ReferenceField
				record={{ id: Number(value), value }}
				source="value"
				reference={reference.reference}
				link={false}
				emptyText={text}
				sx={{ font: 'inherit' }}
			>
				<FunctionField<RaRecord> render={(row) => nameOf(reference.reference, row)} sx={{ font: 'inherit' }} />
			</ReferenceField>
		);
	if (choices) return choices.find(({ id }) => id === text)?.name ?? text;
	if (typeof value === 'number') return count(value);
	if (kind === 'date') return date(text);
	return kind === 'time' ? dateTime(text) : translate('automations.quoted', { text });
}

/** The settings of a trigger or an action, with their labels. */
function Members({ kinds, config, of }: { kinds: Record<string, Kind>; config: Record<string, unknown>; of: string }) {
	const translate = useTranslate();
	return Object.entries(kinds)
		.filter(([name]) => config[name] != null)
		.map(([name, kind]) => (
			<Fragment key={name}>
				{' · '}
				{translate('automations.pair', { name: translate(`automations.${of}.${name}`) })}{' '}
				<Value kind={kind} value={config[name]} />
			</Fragment>
		));
}

export function TriggerWords({
	rule: { trigger_type, trigger_config },
}: {
	rule: Pick<Rule, 'trigger_type' | 'trigger_config'>;
}) {
	const name = useTriggerName();
	const { members = {} } = triggerOf(trigger_type) ?? {};
	return (
		<>
			{name(trigger_type)}
			<Members kinds={members} config={trigger_config} of="narrow" />
		</>
	);
}

export function ConditionWords({
	about,
	condition: { field, op, value, row },
}: {
	about: About;
	condition: Condition;
}) {
	const translate = useTranslate();
	const name = useFieldName();
	const { fieldOf } = useRuleFields(about);
	return (
		<>
			{name(about, field)}
			{row === 'old' && ` (${translate('automations.before')})`} {translate(`automations.operators.${op}`)}
			{operators[op]?.takes !== 'none' && (
				<>
					{' '}
					<Value kind={fieldOf(field).kind} value={value} />
				</>
			)}
		</>
	);
}

/** The text for the action of a rule, or for the result of a run. */
export function ActionWords({ about, type, config }: { about: About; type: string; config: Record<string, unknown> }) {
	const translate = useTranslate();
	const name = useFieldName();
	const { fieldOf } = useRuleFields(about);
	const { members = {} } = actions[type] ?? {};
	return (
		<>
			{translate(`automations.actions.${type}`)}
			{type === 'set_field' && (
				<>
					{' · '}
					{translate('automations.pair', { name: name(about, String(config.field)) })}{' '}
					<Value kind={fieldOf(String(config.field)).kind} value={config.value} />
				</>
			)}
			<Members kinds={members} config={config} of="what" />
		</>
	);
}

const parts = ['when', 'and', 'then'] as const;

/** The whole rule: trigger, conditions and action. */
export function RuleWords({ rule }: { rule: Rule }) {
	const translate = useTranslate();
	const about = aboutOf(rule.trigger_type);
	const conditions = rule.trigger_config.conditions ?? [];
	const words: Record<(typeof parts)[number], ReactNode[]> = {
		when: [<TriggerWords key="when" rule={rule} />],
		and: conditions.map((condition, i) => <ConditionWords key={i} about={about} condition={condition} />),
		then: [<ActionWords key="then" about={about} type={rule.action_type} config={rule.action_config} />],
	};
	return (
		<Box
			component="dl"
			sx={{
				m: 0,
				display: 'grid',
				gridTemplateColumns: 'max-content minmax(0, 1fr)',
				columnGap: 1.5,
				rowGap: 0.25,
			}}
		>
			{parts.flatMap((part) =>
				words[part].map((line, i) => (
					<Fragment key={`${part} ${i}`}>
						<Box component="dt" sx={{ fontWeight: 600 }}>
							{translate(`automations.${part}`)}
						</Box>
						<Box component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
							{line}
						</Box>
					</Fragment>
				)),
			)}
		</Box>
	);
}

/** Returns the reason why a run failed, in the page's language. Older runs have no reason code. */
export function useReason() {
	const translate = useTranslate();
	const { data: reason } = useQuery({ queryKey: ['reasons'], queryFn: reasons, staleTime: Infinity });
	return (error: string, coded: Coded): string =>
		translate(`automations.reasons.${coded.code}`, { _: reason?.(error, coded) ?? error });
}
