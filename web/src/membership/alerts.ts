// Payment alerts, and the rules that raise them.
import AlertIcon from '@mui/icons-material/NotificationImportantOutlined';
import RuleIcon from '@mui/icons-material/PolicyOutlined';
import type { Resource } from '../records/resource';
import { History } from '../records/tabs';
import { OwnMinorInput, Minor } from '../records/minor';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money } from './resources';

export const alerts = brief(
	{
		name: 'admin_alerts',
		icon: AlertIcon,
		title: ({ title }) => title,
		fields: {
			member_id: { ...member },
			assigned_to: { kind: 'reference', reference: 'sales' },
		},
		verbs: [],
		form: [],
		list: {
			name: 'title',
			columns: ['severity', 'status', 'member_id', 'assigned_to', 'created_at'],
			sort: ['created_at', 'DESC'],
			filters: ['severity', 'status', 'member_id', 'assigned_to', 'created_at'],
		},
		page: {
			facts: [
				'severity',
				'status',
				'member_id',
				'assigned_to',
				'reason',
				'created_at',
				'acknowledged_at',
				'closed_at',
			],
			tabs: { history: History },
			Actions: moves('admin_alerts', [
				{ action: 'acknowledge', from: ['open'] },
				{ action: 'resolve', from: ['acknowledged'], asks: [reason] },
				{
					action: 'dismiss',
					from: ['acknowledged'],
					asks: [reason],
				},
				{
					action: 'reopen',
					from: ['resolved', 'dismissed'],
					may: 'reopen',
				},
			]),
		},
	},
	'severity',
	'status',
);

export const rules: Resource = {
	name: 'monitoring_rules',
	icon: RuleIcon,
	group: 'automation',
	title: ({ name }) => name,
	fields: {
		amount: {
			Cell: Minor,
			Input: OwnMinorInput,
			of: ({ kind }) => kind !== 'country',
			required: ({ kind, currency }) => kind === 'amount' || Boolean(currency),
		},
		currency: {
			...money.currency,
			of: ({ kind }) => kind !== 'country',
			required: ({ kind, payments }) => kind === 'amount' || !payments,
		},
		payments: { input: { min: 2, step: 1 }, of: ({ kind }) => kind === 'velocity' },
		hours: { input: { min: 1, step: 1 }, of: ({ kind }) => kind === 'velocity', required: true },
		countries: {
			input: { helperText: 'resources.monitoring_rules.fields.countries_help' },
			of: ({ kind }) => kind === 'country',
			required: true,
		},
	},
	form: ['name', ['kind', 'severity'], ['currency', 'amount'], ['payments', 'hours'], 'countries', 'enabled'],
	defaults: () => ({ kind: 'amount', severity: 'medium', enabled: true }),
	list: {
		name: 'name',
		columns: ['kind', 'severity', 'enabled'],
		sort: ['name', 'ASC'],
		filters: ['name', 'kind', 'severity', 'enabled'],
	},
};
