// The price lists of principals.
import Icon from '@mui/icons-material/SellOutlined';
import { currencyInput } from '../records/minor';
import type { Resource } from '../records/resource';
import { nameOf } from '../records/RowInput';
import { History } from '../records/tabs';
import { PrincipalInput } from './PrincipalInput';

export const priceLists: Resource = {
	name: 'price_lists',
	icon: Icon,
	title: (row) => nameOf('price_lists', row),
	fields: {
		principal_id: { Input: PrincipalInput },
		currency: { input: currencyInput },
	},
	form: ['principal_id', ['name', 'currency'], ['valid_from', 'valid_to']],
	defaults: (_, { currency }) => ({ currency }),
	list: {
		name: 'name',
		columns: ['principal_id', 'currency', 'valid_from', 'valid_to'],
		sort: ['name', 'ASC'],
		filters: ['principal_id', 'name', 'currency'],
	},
	page: {
		facts: ['principal_id', 'name', 'currency', 'valid_from', 'valid_to', 'created_at', 'updated_at'],
		tabs: {
			prices: {
				resource: 'price_list_items',
				filter: ({ id }) => ({ price_list_id: id }),
				add: ({ id }) => ({ price_list_id: id }),
			},
			history: History,
		},
	},
};
