// Products: what principals, the companies that the organization represents, sell.
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
	words: {
		en: {
			name: 'Product |||| Products',
			empty: 'No products yet',
			invite: 'What your principals sell. A product belongs to a company whose profile says that it is a principal, and its SKU is unique there.',
			action: { create: 'New product' },
			tabs: { prices: 'Prices', history: 'History' },
			notifications: {
				created: 'Product created',
				updated: 'Product updated',
				deleted: 'Product deleted |||| %{smart_count} products deleted',
			},
		},
		fr: {
			name: 'Produit |||| Produits',
			empty: 'Aucun produit',
			invite: 'Ce que vendent vos mandants. Un produit appartient à une entreprise dont le profil dit qu’elle est un mandant, et sa référence y est unique.',
			action: { create: 'Nouveau produit' },
			tabs: { prices: 'Prix', history: 'Historique' },
			notifications: {
				created: 'Produit créé',
				updated: 'Produit modifié',
				deleted: 'Produit supprimé |||| %{smart_count} produits supprimés',
			},
		},
	},
};
