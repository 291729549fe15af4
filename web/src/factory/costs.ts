// Cost calculations, the rates that they use, and the profiles with the roles.
import Icon from '@mui/icons-material/CalculateOutlined';
import PersonIcon from '@mui/icons-material/EngineeringOutlined';
import RateIcon from '@mui/icons-material/PriceChangeOutlined';
import { oneOf, stamps } from '../app/description';
import { lazy } from '../app/lazy';
import type { Noun } from '../app/noun';
import { words } from './nouns';

export const calculations: Noun = {
	name: 'cost_calculations',
	icon: Icon,
	title: ({ name }) => name,
	fields: {
		name: { kind: 'text', required: true },
		sales_id: { kind: 'reference', reference: 'sales', fixed: true },
		quantity: { kind: 'number', fixed: true },
		total_cost: { kind: 'number', fixed: true },
		unit_cost: { kind: 'number', fixed: true },
		currency: { kind: 'text', fixed: true },
		priced_on: { kind: 'date', fixed: true },
		formula_version: { kind: 'number', fixed: true },
		created_at: { kind: 'time', fixed: true },
	},
	verbs: ['create'],
	form: ['name'],
	list: { name: 'name', columns: ['quantity', 'total_cost', 'unit_cost', 'currency', 'sales_id', 'created_at'], sort: ['created_at', 'DESC'],
		filters: ['name', 'currency', 'total_cost', 'sales_id', 'created_at'] },
	page: { facts: ['quantity', 'total_cost', 'unit_cost', 'currency', 'priced_on', 'sales_id', 'formula_version', 'created_at'], tabs: { lines: lazy(() => import('./CostLines')), compare: lazy(() => import('./Comparison')) } },
	words: words({
		en: { one: 'Cost calculation', many: 'Cost calculations', empty: 'No calculations yet', create: 'New calculation',
			invite: 'A calculation keeps its inputs, the rates of its day and its result, and does not change.',
			fields: { sales_id: 'Calculated by', total_cost: 'Total', unit_cost: 'Each', priced_on: 'Rates of', formula_version: 'Formula', materials: 'Materials', labour: 'Labour',
				machines: 'Machines', overhead: 'Overhead', scrap_percent: 'Scrap (%)', code: 'Name or code', price: 'Price', rate: 'Rate', per_unit: 'Quantity for one',
				setup_hours: 'Hours to set up', hours_per_unit: 'Hours for one', percent: 'Percent', add: 'Add a line', remove: 'Remove the line', result: 'Result', what_if: 'What if',
				what_if_help: 'Another quantity and scrap with the same lines', compared: 'Costs by section', difference: 'Difference', saved: 'Calculation saved', save: 'Save',
				section: 'Section', cost: 'Cost', now: 'This', other: 'What if', code_help: 'Without a number, the rate of this code applies',
				compare_with: 'Compare with', compare_help: 'The latest %{smart_count} calculations in %{currency}', none_to_compare: 'No other calculation in %{currency}',
				overview: 'Factory', by_month: 'Costs by month', by_month_help: 'Calculations of the last twelve months, by the month in which they were made', month: 'Month',
				calculations: 'Calculations', latest: 'Latest calculations', jobs_by_state: 'Jobs by status' },
			tabs: { lines: 'Lines', compare: 'Compare' } },
		fr: { one: 'Calcul de coût', many: 'Calculs de coût', empty: 'Aucun calcul', create: 'Nouveau calcul',
			invite: 'Un calcul garde ses données, les tarifs de son jour et son résultat, et ne change pas.',
			fields: { sales_id: 'Calculé par', total_cost: 'Total', unit_cost: 'Par pièce', priced_on: 'Tarifs du', formula_version: 'Formule', materials: 'Matières', labour: 'Travail',
				machines: 'Machines', overhead: 'Frais généraux', scrap_percent: 'Rebut (%)', code: 'Nom ou code', price: 'Prix', rate: 'Tarif', per_unit: 'Quantité par pièce',
				setup_hours: 'Heures de réglage', hours_per_unit: 'Heures par pièce', percent: 'Pour cent', add: 'Ajouter une ligne', remove: 'Retirer la ligne', result: 'Résultat', what_if: 'Et si',
				what_if_help: 'Une autre quantité et un autre rebut avec les mêmes lignes', compared: 'Coûts par section', difference: 'Différence', saved: 'Calcul enregistré', save: 'Enregistrer',
				section: 'Section', cost: 'Coût', now: 'Ceci', other: 'Et si', code_help: 'Sans nombre, le tarif de ce code s’applique',
				compare_with: 'Comparer avec', compare_help: 'Les %{smart_count} derniers calculs en %{currency}', none_to_compare: 'Aucun autre calcul en %{currency}',
				overview: 'Usine', by_month: 'Coûts par mois', by_month_help: 'Les calculs des douze derniers mois, par mois de création', month: 'Mois',
				calculations: 'Calculs', latest: 'Derniers calculs', jobs_by_state: 'Tâches par statut' },
			tabs: { lines: 'Lignes', compare: 'Comparer' } },
	}),
};

export const rates: Noun = {
	name: 'cost_rates',
	icon: RateIcon,
	group: 'data',
	title: ({ code }) => code,
	fields: {
		code: { kind: 'text', required: true },
		kind: { ...oneOf('cost_rates', 'kind', ['materials', 'labour', 'machines']), required: true },
		currency: { kind: 'text', required: true },
		min_quantity: { kind: 'number', input: { min: 0, step: 'any' } },
		rate: { kind: 'number', required: true, input: { min: 0, step: 'any' } },
		valid_from: { kind: 'date', required: true },
		valid_to: { kind: 'date' },
		...stamps,
	},
	form: ['kind', ['code', 'currency'], ['rate', 'min_quantity'], ['valid_from', 'valid_to']],
	defaults: (_, { currency }) => ({ kind: 'materials', currency, min_quantity: 0 }),
	list: { name: 'code', columns: ['kind', 'rate', 'currency', 'min_quantity', 'valid_from', 'valid_to'], sort: ['code', 'ASC'], filters: ['kind', 'code', 'currency', 'valid_from'] },
	page: { facts: ['kind', 'rate', 'currency', 'min_quantity', 'valid_from', 'valid_to', 'updated_at'], tabs: {} },
	words: words({
		en: { one: 'Rate', many: 'Rates', empty: 'No rates yet', create: 'New rate', invite: 'The price of a material, or of an hour, for a time.',
			fields: { name: 'Code', code: 'Code', kind: 'Kind', kind_materials: 'Material', kind_labour: 'Labour', kind_machines: 'Machine', min_quantity: 'From quantity', rate: 'Rate',
				valid_from: 'First day', valid_to: 'Last day' } },
		fr: { one: 'Tarif', many: 'Tarifs', empty: 'Aucun tarif', create: 'Nouveau tarif', invite: 'Le prix d’une matière, ou d’une heure, pour un temps.',
			fields: { name: 'Code', code: 'Code', kind: 'Type', kind_materials: 'Matière', kind_labour: 'Travail', kind_machines: 'Machine', min_quantity: 'À partir de', rate: 'Tarif',
				valid_from: 'Premier jour', valid_to: 'Dernier jour' } },
	}),
};

export const people: Noun = {
	name: 'factory_profiles',
	icon: PersonIcon,
	group: 'organization',
	title: ({ first_name, last_name }) => `${first_name} ${last_name}`,
	fields: {
		last_name: { kind: 'text', fixed: true },
		email: { kind: 'text', fixed: true },
		role: oneOf('factory_profiles', 'role', ['admin', 'engineer', 'analyst', 'viewer']),
		job_title: { kind: 'text' },
		department: { kind: 'text' },
		phone: { kind: 'text' },
		...stamps,
	},
	verbs: ['update'],
	form: ['role', ['job_title', 'department'], 'phone'],
	list: { name: 'last_name', columns: ['role', 'job_title', 'department', 'email'], sort: ['last_name', 'ASC'], filters: ['last_name', 'role', 'department'] },
	page: { facts: ['role', 'job_title', 'department', 'phone', 'email', 'created_at'], tabs: {} },
	words: words({
		en: { one: 'Factory profile', many: 'Factory profiles', empty: 'No profiles yet', create: 'New profile',
			fields: { last_name: 'Last name', email: 'Email', role: 'Role', job_title: 'Job title', department: 'Department', phone: 'Phone', role_admin: 'Admin', role_engineer: 'Engineer',
				role_analyst: 'Analyst', role_viewer: 'Viewer' } },
		fr: { one: 'Profil d’usine', many: 'Profils d’usine', empty: 'Aucun profil', create: 'Nouveau profil',
			fields: { last_name: 'Nom de famille', email: 'E-mail', role: 'Rôle', job_title: 'Fonction', department: 'Service', phone: 'Téléphone', role_admin: 'Administration',
				role_engineer: 'Ingénierie', role_analyst: 'Analyse', role_viewer: 'Lecture' } },
	}),
};
