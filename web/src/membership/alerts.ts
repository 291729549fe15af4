// Alerts about payments, and the rules that raise them.
import AlertIcon from '@mui/icons-material/NotificationImportantOutlined';
import RuleIcon from '@mui/icons-material/PolicyOutlined';
import type { Resource } from '../records/resource';
import { History } from '../records/tabs';
import { OwnMinorInput, Minor } from '../records/minor';
import { brief } from './Brief';
import { moves, reason } from '../records/moves';
import { member, money, words } from './resources';

const levels = {
	en: { severity: 'Severity', severity_low: 'Low', severity_medium: 'Medium', severity_high: 'High' },
	fr: { severity: 'Gravité', severity_low: 'Faible', severity_medium: 'Moyenne', severity_high: 'Élevée' },
};

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
				{ action: 'acknowledge', from: ['open'], words: { en: 'Acknowledge', fr: 'Prendre en charge' } },
				{ action: 'resolve', from: ['acknowledged'], words: { en: 'Was right', fr: 'Fondée' }, asks: [reason] },
				{
					action: 'dismiss',
					from: ['acknowledged'],
					words: { en: 'Was wrong', fr: 'Infondée' },
					asks: [reason],
				},
				{
					action: 'reopen',
					from: ['resolved', 'dismissed'],
					may: 'reopen',
					words: { en: 'Open again', fr: 'Rouvrir' },
				},
			]),
		},
		words: words({
			en: {
				one: 'Alert',
				many: 'Alerts',
				empty: 'No alerts',
				create: '',
				fields: {
					...levels.en,
					name: 'Alert',
					status_open: 'Open',
					status_acknowledged: 'Acknowledged',
					status_resolved: 'Was right',
					status_dismissed: 'Was wrong',
				},
				tabs: { history: 'History' },
			},
			fr: {
				one: 'Alerte',
				many: 'Alertes',
				empty: 'Aucune alerte',
				create: '',
				feminine: true,
				fields: {
					...levels.fr,
					name: 'Alerte',
					status_open: 'Ouverte',
					status_acknowledged: 'Prise en charge',
					status_resolved: 'Fondée',
					status_dismissed: 'Infondée',
				},
				tabs: { history: 'Historique' },
			},
		}),
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
	words: words({
		en: {
			one: 'Rule for payments',
			many: 'Rules for payments',
			empty: 'No rules yet',
			create: 'New rule',
			invite: 'A rule raises an alert about a payment, of which the member learns nothing.',
			fields: {
				...levels.en,
				kind_amount: 'Amount',
				kind_velocity: 'Many within hours',
				kind_country: 'Country',
				countries_help: 'Such as FR DE',
			},
		},
		fr: {
			one: 'Règle pour les paiements',
			many: 'Règles pour les paiements',
			empty: 'Aucune règle',
			create: 'Nouvelle règle',
			feminine: true,
			invite: 'Une règle lève une alerte sur un paiement, dont le membre n’apprend rien.',
			fields: {
				...levels.fr,
				kind_amount: 'Montant',
				kind_velocity: 'Beaucoup en quelques heures',
				kind_country: 'Pays',
				countries_help: 'Comme FR DE',
			},
		},
	}),
};
