// The texts that descriptions of the module's resources share.
import { wordsWith } from '../records/description';

/** The texts of a resource, with those of the fields that most resources of the module have. */
export const words = wordsWith({
	en: {
		name: 'Name',
		status: 'Status',
		type: 'Type',
		currency: 'Currency',
		quantity: 'Quantity',
		created_at: 'Created',
		updated_at: 'Updated',
		integration_id: 'Integration',
	},
	fr: {
		name: 'Nom',
		status: 'Statut',
		type: 'Type',
		currency: 'Devise',
		quantity: 'Quantité',
		created_at: 'Création',
		updated_at: 'Modification',
		integration_id: 'Intégration',
	},
});
