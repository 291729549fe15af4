// The inputs for a rule: trigger, conditions and action.
import type { ReactNode } from 'react';
import Add from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Divider from '@mui/material/Divider';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { ArrayInput, BooleanInput, SelectInput, SimpleFormIterator, TextInput } from 'react-admin';
import { maxLength, required, useSimpleFormIterator, useTranslate } from 'ra-core';
import { useFormContext, useWatch } from 'react-hook-form';
import { useCatalogue } from '../data/session';
import { isObject } from '../i18n/customNames';
import { ConditionInput } from './ConditionInput';
import { aboutOf, actions, actionsOn, triggerOf, triggersOf, type About, type Kind, type Rule } from './rule';
import { useRuleFields } from './useRuleFields';
import { ValueInput } from './ValueInput';
import { useFieldName, useTriggerName } from './words';

const MOST = 20; // maximum number of conditions that the server allows

function Section({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
	const translate = useTranslate();
	return (
		<Box component="section" sx={{ width: '100%' }}>
			<Divider sx={{ mt: 1, mb: 2 }} />
			<Typography variant="h5" component="h2" gutterBottom>
				{translate(title)}
			</Typography>
			{help && (
				<Typography variant="body2" color="textSecondary" gutterBottom>
					{translate(help)}
				</Typography>
			)}
			{children}
		</Box>
	);
}

function Members({
	of,
	at,
	kinds,
	needed = [],
}: {
	of: string;
	at: string;
	kinds: Record<string, Kind>;
	needed?: string[];
}) {
	return Object.entries(kinds).map(([name, kind]) => (
		<ValueInput
			key={name}
			source={`${at}.${name}`}
			kind={kind}
			label={`automations.${of}.${name}`}
			required={needed.includes(name)}
		/>
	));
}

function Trigger() {
	const { getValues, setValue } = useFormContext();
	const type: string = useWatch({ name: 'trigger_type' });
	const catalogue = useCatalogue();
	const name = useTriggerName();
	const { members = {}, needed } = triggerOf(type) ?? {};
	// Settings of the previous trigger do not apply to the new one.
	const change = (next: string) => {
		const about = aboutOf(next),
			same = about === aboutOf(type);
		setValue('trigger_config', { conditions: same ? (getValues('trigger_config.conditions') ?? []) : [] });
		if (!actionsOn(about).includes(getValues('action_type'))) setValue('action_type', actionsOn(about)[0]);
		if (!same) setValue('action_config', {});
	};
	return (
		<>
			<SelectInput
				source="trigger_type"
				label="automations.trigger"
				validate={required()}
				onChange={(event) => change(event.target.value)}
				choices={triggersOf(catalogue).map((id) => ({ id, name: name(id) }))}
			/>
			<Stack direction={{ xs: 'column', sm: 'row' }} spacing={{ sm: 2 }}>
				<Members key={type} of="narrow" at="trigger_config" kinds={members} needed={needed} />
			</Stack>
		</>
	);
}

function SetField({ about }: { about: About }) {
	const name = useFieldName();
	const { fields, fieldOf } = useRuleFields(about);
	const { setValue } = useFormContext();
	const field: string = useWatch({ name: 'action_config.field' }) ?? '';
	return (
		<Stack direction={{ xs: 'column', sm: 'row' }} spacing={{ sm: 2 }}>
			<SelectInput
				source="action_config.field"
				label="automations.field"
				validate={required()}
				onChange={() => setValue('action_config.value', null)}
				choices={Object.keys(fields)
					.filter((id) => fields[id]?.set)
					.map((id) => ({ id, name: name(about, id) }))}
			/>
			{field && (
				<ValueInput
					key={field}
					source="action_config.value"
					kind={fieldOf(field).kind}
					label="automations.value"
					helperText="automations.empties"
				/>
			)}
		</Stack>
	);
}

function Action({ about }: { about: About }) {
	const translate = useTranslate();
	const { quoted } = useRuleFields(about);
	const { setValue } = useFormContext();
	const type: string = useWatch({ name: 'action_type' });
	const template: string | undefined = useWatch({ name: 'action_config.template' });
	const { members = {}, needed } = actions[type] ?? {};
	// The template has a fixed text, and only rules about appointments can use it.
	const asked = Object.fromEntries(
		Object.entries(members).filter(([name]) =>
			name === 'template'
				? about === 'appointments'
				: name === 'to'
					? !isObject(about)
					: !template || !['subject', 'text'].includes(name),
		),
	);
	return (
		<>
			<SelectInput
				source="action_type"
				label="automations.action"
				validate={required()}
				onChange={() => setValue('action_config', {})}
				choices={actionsOn(about).map((id) => ({ id, name: translate(`automations.actions.${id}`) }))}
			/>
			{type === 'set_field' ? (
				<SetField about={about} />
			) : (
				<Members key={`${about} ${type}`} of="what" at="action_config" kinds={asked} needed={needed} />
			)}
			{'text' in asked && (
				<Typography variant="body2" color="textSecondary">
					{translate('automations.quote')} {quoted.map((field) => `{{${field}}}`).join(', ')}
				</Typography>
			)}
		</>
	);
}

function AddButton() {
	const { add } = useSimpleFormIterator();
	const translate = useTranslate();
	return (
		<Button onClick={() => add()} startIcon={<Add />}>
			{translate('automations.add_condition')}
		</Button>
	);
}

export function RuleInputs() {
	const about = aboutOf(useWatch({ name: 'trigger_type' }) ?? '');
	const conditions: Rule['trigger_config']['conditions'] = useWatch({ name: 'trigger_config.conditions' });
	return (
		<Stack sx={{ width: '100%', maxWidth: 820 }}>
			<TextInput source="name" validate={[required(), maxLength(200)]} autoComplete="off" />
			<BooleanInput source="enabled" />
			<Section title="automations.when_title">
				<Trigger />
			</Section>
			<Section title="automations.and_title" help="automations.and_help">
				<ArrayInput source="trigger_config.conditions" label={false}>
					<SimpleFormIterator
						disableReordering
						disableClear
						disableAdd={(conditions?.length ?? 0) >= MOST}
						fullWidth
						addButton={<AddButton />}
						sx={{ '& .RaSimpleFormIterator-line': { pt: 1.5 } }}
					>
						<ConditionInput about={about} />
					</SimpleFormIterator>
				</ArrayInput>
			</Section>
			<Section title="automations.then_title">
				<Action about={about} />
			</Section>
		</Stack>
	);
}
