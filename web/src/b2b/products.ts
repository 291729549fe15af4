// The products of principals. A principal is a company that the organization represents.
import Icon from '@mui/icons-material/Inventory2Outlined';
import type { Resource } from '../records/resource';
import { History } from '../records/tabs';
import { ArchiveButton } from './ArchiveButton';
import { CategoryInput } from './CategoryInput';
import { PrincipalInput } from './PrincipalInput';

export const products: Resource = {
	name: 'products',
	icon: Icon,
	title: ({ name }) => name,
	fields: {
		principal_id: { Input: PrincipalInput },
		category: { Input: CategoryInput },
		archived_at: { fixed: true },
	},
	verbs: ['create', 'update'],
	form: ['principal_id', ['sku', 'name'], ['category', 'unit'], 'description'],
	list: {
		name: 'name',
		columns: ['sku', 'principal_id', 'category', 'unit', 'archived_at'],
		sort: ['name', 'ASC'],
		filters: ['principal_id', 'sku', 'name', 'category', 'archived_at'],
		search: true,
	},
	page: {
		facts: [
			'principal_id',
			'sku',
			'name',
			'category',
			'unit',
			'description',
			'archived_at',
			'created_at',
			'updated_at',
		],
		tabs: {
			prices: {
				resource: 'price_list_items',
				filter: ({ id }) => ({ product_id: id }),
				add: ({ id }) => ({ product_id: id }),
			},
			history: History,
		},
		Actions: ArchiveButton,
	},
};
