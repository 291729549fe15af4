// Tests a rule on a record without saving anything.
import { useState, type ReactNode } from 'react';
import Yes from '@mui/icons-material/Check';
import No from '@mui/icons-material/Close';
import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import Stack from '@mui/material/Stack';
import Typography from '@mui/material/Typography';
import { Form, SelectInput } from 'react-admin';
import { required, useDataProvider, useTranslate } from 'ra-core';
import { useWatch } from 'react-hook-form';
import { useAct } from '../data/act';
import type { Provider } from '../data/dataProvider';
import type { Coded } from '../i18n/reasons';
import { RowInput } from '../records/RowInput';
import { aboutOf, tidy, triggerOf, type About, type Rule } from './rule';
import { useRuleFields } from './useRuleFields';
import { ValueInput } from './ValueInput';
import { ActionWords, ConditionWords, TriggerWords, useFieldName, useReason } from './words';

interface Answer extends Coded {
	matches: boolean;
	event: boolean;
	conditions: boolean[];
	effect: (Record<string, unknown> & { action: string }) | null;
	error: string | null;
}

interface Asked {
	id?: number;
	field?: string;
	value?: unknown;
}

function Result({ rule, answer }: { rule: Rule; answer: Answer }) {
	const translate = useTranslate();
	const reason = useReason();
	const about = aboutOf(rule.trigger_type);
	const said = answer.error ? 'fails' : answer.matches ? 'would' : 'would_not';
	const line = (held: boolean, words: ReactNode, key: string) => (
		<Box component="li" key={key} sx={{ display: 'flex', gap: 1, alignItems: 'center' }}>
			{held ? (
				<Yes fontSize="small" color="success" titleAccess={translate('automations.holds')} />
			) : (
				<No fontSize="small" color="error" titleAccess={translate('automations.holds_not')} />
			)}
			<span>{words}</span>
		</Box>
	);
	return (
		<Alert role="status" severity={answer.error ? 'error' : answer.matches ? 'success' : 'info'}>
			<Typography sx={{ fontWeight: 600 }}>{translate(`automations.${said}`)}</Typography>
			{answer.effect && (
				<ActionWords
					about={about}
					type={rule.action_type}
					config={{ ...rule.action_config, ...answer.effect }}
				/>
			)}
			{answer.error && reason(answer.error, answer)}
			<Box component="ul" sx={{ listStyle: 'none', m: 0, mt: 1, p: 0 }}>
				{line(answer.event, <TriggerWords rule={rule} />, 'event')}
				{(rule.trigger_config.conditions ?? []).map((condition, i) =>
					line(
						answer.conditions[i] ?? false,
						<ConditionWords about={about} condition={condition} />,
						String(i),
					),
				)}
			</Box>
		</Alert>
	);
}

function Change({ about }: { about: About }) {
	const nameOf = useFieldName();
	const field: string = useWatch({ name: 'field' }) ?? '';
	const { fields, fieldOf } = useRuleFields(about);
	const { kind } = fieldOf(field);
	return (
		<Stack direction={{ xs: 'column', sm: 'row' }} spacing={{ sm: 2 }}>
			<SelectInput
				source="field"
				label="automations.as_if"
				choices={Object.keys(fields)
					.filter((id) => !fields[id]?.list)
					.map((id) => ({ id, name: nameOf(about, id) }))}
			/>
			{field && <ValueInput key={field} source="value" kind={kind} label="automations.value" />}
		</Stack>
	);
}

export function DryRun({ rule: untidy, close }: { rule: Rule; close: () => void }) {
	const translate = useTranslate();
	const { getOne, tell } = useDataProvider<Provider>();
	const [answer, setAnswer] = useState<Answer>();
	const [busy, act] = useAct();
	const rule = tidy(untidy) as Rule;
	const { about, change } = triggerOf(rule.trigger_type) ?? { about: 'contacts', change: undefined };
	const run = ({ id, field, value }: Asked) =>
		act(async () => {
			setAnswer(undefined);
			const { data } = await getOne(about, { id: id! });
			const { name, trigger_type, trigger_config, action_type, action_config } = rule;
			setAnswer(
				await tell<Answer>('/api/automation_dry_run', {
					resource: about,
					id,
					rule: { name, trigger_type, trigger_config, action_type, action_config },
					changes: { ...change?.(trigger_config, data), ...(field && { [field]: value ?? null }) },
				}),
			);
		});
	return (
		<Dialog open onClose={close} fullWidth maxWidth="sm" aria-labelledby="dry-run">
			<Form onSubmit={run}>
				<DialogTitle id="dry-run">{translate('automations.try')}</DialogTitle>
				<DialogContent>
					<Typography color="textSecondary" sx={{ mb: 2 }}>
						{translate('automations.try_help')}
					</Typography>
					<RowInput
						source="id"
						reference={about}
						label={translate(`resources.${about}.name`, { smart_count: 1 })}
						validate={required()}
					/>
					<Change about={about} />
					{answer && <Result rule={rule} answer={answer} />}
				</DialogContent>
				<DialogActions sx={{ px: 3, pb: 2 }}>
					<Button onClick={close}>{translate('ra.action.close')}</Button>
					<Button type="submit" variant="contained" disabled={busy}>
						{translate('automations.try_go')}
					</Button>
				</DialogActions>
			</Form>
		</Dialog>
	);
}
