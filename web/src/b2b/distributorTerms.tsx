// The terms of principals with distributors.
import Icon from '@mui/icons-material/LocalShippingOutlined';
import { useGetManyAggregate, type RaRecord } from 'ra-core';
import { useFormats } from '../data/useFormats';
import type { Resource } from '../records/resource';
import { History } from '../records/tabs';
import { percentText } from '../records/titles';
import { PrincipalInput } from './PrincipalInput';

function Parties({ row }: { row: any }) {
	const { data = [] } = useGetManyAggregate<RaRecord<number>>('companies', {
		ids: [row.principal_id, row.distributor_id],
	});
	return data.map((company) => company?.name).join(' → ');
}

export const distributorTerms: Resource = {
	name: 'distributor_terms',
	icon: Icon,
	title: ({ territory, commission_rate }) => [territory, percentText(commission_rate)].filter(Boolean).join(', '),
	Subtitle: Parties,
	Aside: ({ row }) => {
		const { date } = useFormats();
		return `${date(row.valid_from)} – ${date(row.valid_to) || '…'}`;
	},
	fields: {
		principal_id: { Input: PrincipalInput },
		commission_rate: { input: { min: 0, max: 100, step: 'any' } },
	},
	form: [
		['principal_id', 'distributor_id'],
		['territory', 'commission_rate'],
		'exclusive',
		['valid_from', 'valid_to'],
	],
	defaults: () => ({ exclusive: false }),
	list: {
		name: 'territory',
		columns: ['principal_id', 'distributor_id', 'exclusive', 'commission_rate', 'valid_from', 'valid_to'],
		sort: ['valid_from', 'DESC'],
		filters: ['principal_id', 'distributor_id', 'territory', 'exclusive', 'commission_rate'],
	},
	page: {
		facts: [
			'principal_id',
			'distributor_id',
			'territory',
			'exclusive',
			'commission_rate',
			'valid_from',
			'valid_to',
			'created_at',
			'updated_at',
		],
		tabs: { history: History },
	},
};
