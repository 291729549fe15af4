// Cost calculations, the rates that they use, and the profiles that contain the users' roles.
import Icon from '@mui/icons-material/CalculateOutlined';
import PersonIcon from '@mui/icons-material/EngineeringOutlined';
import RateIcon from '@mui/icons-material/PriceChangeOutlined';
import { lazy } from '../ui/lazy';
import type { Resource, Shown } from '../records/resource';
import { useMoney } from './calculation';

/** An amount with up to six decimal places, like rates. */
const Cost = ({ row, value }: Shown) => useMoney(row.currency)(value, 2, 6);

export const calculations: Resource = {
	name: 'cost_calculations',
	icon: Icon,
	title: ({ name }) => name,
	fields: {
		priced_on: { fixed: true },
		total_cost: { Cell: Cost },
		unit_cost: { Cell: Cost },
	},
	form: ['name'],
	madeOnPage: true,
	list: {
		name: 'name',
		columns: ['quantity', 'total_cost', 'unit_cost', 'sales_id', 'created_at'],
		sort: ['created_at', 'DESC'],
		filters: ['name', 'currency', 'total_cost', 'sales_id', 'created_at'],
	},
	page: {
		facts: [
			'quantity',
			'total_cost',
			'unit_cost',
			'currency',
			'priced_on',
			'sales_id',
			'formula_version',
			'created_at',
		],
		tabs: { lines: lazy(() => import('./CostLines')), compare: lazy(() => import('./Comparison')) },
		Actions: lazy(() => import('./AgainButtons')),
	},
};

export const rates: Resource = {
	name: 'cost_rates',
	icon: RateIcon,
	group: 'data',
	title: ({ code }) => code,
	fields: {
		min_quantity: { input: { min: 0, step: 'any' } },
		rate: { Cell: Cost, input: { min: 0, step: 'any' } },
	},
	form: ['kind', ['code', 'currency'], ['rate', 'min_quantity'], ['valid_from', 'valid_to']],
	defaults: (_, { currency }) => ({ kind: 'materials', currency, min_quantity: 0 }),
	list: {
		name: 'code',
		columns: ['kind', 'rate', 'min_quantity', 'valid_from', 'valid_to'],
		sort: ['code', 'ASC'],
		filters: ['kind', 'code', 'currency', 'valid_from'],
	},
	page: { facts: ['kind', 'rate', 'currency', 'min_quantity', 'valid_from', 'valid_to', 'updated_at'], tabs: {} },
};

export const people: Resource = {
	name: 'factory_profiles',
	icon: PersonIcon,
	group: 'organization',
	title: ({ first_name, last_name }) => `${first_name} ${last_name}`,
	fields: {},
	form: ['role', ['job_title', 'department'], 'phone'],
	list: {
		name: 'last_name',
		columns: ['role', 'job_title', 'department', 'email'],
		sort: ['last_name', 'ASC'],
		filters: ['last_name', 'role', 'department'],
	},
	page: { facts: ['role', 'job_title', 'department', 'phone', 'email', 'created_at'], tabs: {} },
};
