// The organization's requirements for the sessions of its staff.
import type { FormEvent } from 'react';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Stack from '@mui/material/Stack';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useAct } from '../data/act';
import { send } from '../data/http';
import { useChanged } from '../ui/changed';
import { Panel } from '../ui/Panel';
import { QueryResult } from '../ui/QueryResult';

interface Policy {
	idle_minutes: number | null;
	max_minutes: number | null;
	second_factor: boolean;
}

const AT = '/api/staff_policy';
const policyQuery = queryOptions({ queryKey: ['staff_policy'], queryFn: async () => (await send<Policy>(AT)).json });
const bounds = { idle_minutes: ['idle_range', 5, 1440], max_minutes: ['max_range', 30, 10080] } as const;
const members = Object.keys(bounds) as (keyof typeof bounds)[];

export function StaffPolicy() {
	const translate = useTranslate();
	const policy = useQuery(policyQuery);
	const [busy, act] = useAct();
	const [changed, watched, settle] = useChanged();
	const save = (event: FormEvent<HTMLFormElement>) => {
		event.preventDefault();
		const form = new FormData(event.currentTarget);
		const body = {
			...Object.fromEntries(members.map((name) => [name, form.get(name) ? Number(form.get(name)) : null])),
			second_factor: form.has('second_factor'),
		};
		void act(
			() =>
				send(AT, { method: 'PATCH', body })
					.then(settle)
					.finally(() => policy.refetch()),
			'profile.saved',
		);
	};
	return (
		<Panel title={translate('organization.staff_policy')} lead={translate('organization.staff_policy_help')}>
			<QueryResult query={policy}>
				{(shown) => (
					<Stack key={JSON.stringify(shown)} component="form" onSubmit={save} {...watched} spacing={2}>
						<Stack direction={{ xs: 'column', sm: 'row' }} spacing={2}>
							{members.map((name) => (
								<TextField
									key={name}
									id={name}
									name={name}
									type="number"
									fullWidth
									defaultValue={shown[name] ?? ''}
									label={translate(`organization.${name}`)}
									helperText={translate(`organization.${bounds[name][0]}`)}
									slotProps={{ htmlInput: { min: bounds[name][1], max: bounds[name][2] } }}
								/>
							))}
						</Stack>
						<FormControlLabel
							label={translate('organization.second_factor')}
							control={<Switch name="second_factor" defaultChecked={shown.second_factor} />}
						/>
						<Button
							type="submit"
							variant="contained"
							disabled={busy || !changed}
							sx={{ alignSelf: 'flex-start' }}
						>
							{translate('ra.action.save')}
						</Button>
					</Stack>
				)}
			</QueryResult>
		</Panel>
	);
}
