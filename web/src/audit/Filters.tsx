import MenuItem from '@mui/material/MenuItem';
import Stack from '@mui/material/Stack';
import TextField from '@mui/material/TextField';
import { Form, useTranslate } from 'ra-core';
import { dayBounds, isDay } from '../i18n/formats';
import { useResources } from '../records/resources';
import { useParameters } from '../ui/parameters';
import { RowInput } from '../records/RowInput';
import { useMe } from '../data/session';
import { useResourceName } from '../data/resourceName';

// Names that are not resources with pages.
const others = [
	'sales',
	'configuration',
	'merges',
	'bulk_changes',
	'webhooks',
	'imports',
	'import_mappings',
	'messages',
	'organization',
	'organization_member',
	'organization_invitation',
	'organization_role',
	'group_role',
	'team',
	'team_member',
];

const actions = ['insert', 'update', 'delete'];

/** Returns the start (0) or the end (1) of a day, or undefined for an invalid day. */
const moment = (day: string, end: 0 | 1) => (isDay(day) ? dayBounds(day)[end] : undefined);

export function useFilters() {
	const [params, set] = useParameters();
	const said = (name: string) => params.get(name) ?? '';
	const filter = Object.fromEntries(
		Object.entries({
			sales_id: /^\d+$/.test(said('who')) ? Number(said('who')) : undefined,
			resource: said('kind') || undefined,
			action: said('action') || undefined,
			'at@gte': moment(said('since'), 0),
			'at@lt': moment(said('until'), 1),
			request_id: said('request').trim() || undefined,
		}).filter(([, value]) => value !== undefined),
	);
	return { filter, said, set };
}

export function Filters({ said, set }: Omit<ReturnType<typeof useFilters>, 'filter'>) {
	const translate = useTranslate();
	const called = useResourceName();
	const described = useResources();
	const { resources } = useMe();
	const names = [...described.map(({ name }) => name), ...Object.keys(resources ?? {}), ...others].filter(
		(one) => one !== 'crm',
	);
	const choices = {
		kind: [...new Set(names)]
			.map((one) => [one, called(one)] as [string, string])
			.sort(([, a], [, b]) => a.localeCompare(b)),
		action: actions.map((one) => [one, translate(`i18n.history.${one}`)]),
	} as Record<string, [string, string][]>;
	return (
		<Stack
			direction="row"
			useFlexGap
			sx={{
				flexWrap: 'wrap',
				gap: 1.5,
				'& > *': { flex: '1 1 125px' },
				'& > :nth-of-type(n+4)': { flexBasis: 150 },
			}}
		>
			<Form record={{ who: Number(said('who')) || null }}>
				<RowInput
					source="who"
					reference="sales"
					label={translate('audit.by.who')}
					helperText={false}
					onChange={(id) => set('who', String(id ?? ''))}
				/>
			</Form>
			{Object.entries(choices).map(([name, of]) => (
				<TextField
					key={name}
					id={`audit-${name}`}
					select
					label={translate(`audit.by.${name}`)}
					onChange={(event) => set(name, event.target.value)}
					value={of.some(([id]) => id === said(name)) ? said(name) : ''}
					slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
				>
					<MenuItem value="">{translate('audit.every')}</MenuItem>
					{of.map(([id, label]) => (
						<MenuItem key={id} value={id}>
							{label}
						</MenuItem>
					))}
				</TextField>
			))}
			{['since', 'until', 'request'].map((name) => (
				<TextField
					key={name}
					id={`audit-${name}`}
					type={name === 'request' ? 'search' : 'date'}
					label={translate(`audit.by.${name}`)}
					value={said(name)}
					onChange={(event) => set(name, event.target.value)}
					slotProps={{ inputLabel: { shrink: true } }}
				/>
			))}
		</Stack>
	);
}
