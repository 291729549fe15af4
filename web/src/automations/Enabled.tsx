import Chip from '@mui/material/Chip';
import Switch from '@mui/material/Switch';
import { useNotify, useTranslate, useUpdate } from 'ra-core';
import { useExplain } from '../data/act';
import { useMe } from '../data/session';
import type { Rule } from './rule';

/** Whether a rule is active; owners and admins can change it. */
export function Enabled({ rule }: { rule: Rule }) {
	const { administrator } = useMe();
	const translate = useTranslate();
	const explain = useExplain();
	const notify = useNotify();
	const [update, { isPending }] = useUpdate<Rule>();
	if (!administrator)
		return (
			<Chip
				size="small"
				variant="outlined"
				color={rule.enabled ? 'success' : 'default'}
				label={translate(rule.enabled ? 'automations.on' : 'automations.off')}
			/>
		);
	return (
		<Switch
			checked={rule.enabled}
			disabled={isPending}
			slotProps={{ input: { 'aria-label': `${translate('automations.enabled')}: ${rule.name}` } }}
			onChange={(_, enabled) =>
				update(
					'automation_rules',
					{ id: rule.id, data: { enabled }, previousData: rule },
					{ onError: (error) => notify(explain(error), { type: 'error' }) },
				)
			}
		/>
	);
}
