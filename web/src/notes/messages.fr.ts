import type en from './messages.en';

const fr: typeof en = {
	write: 'Écrire une note',
	add: 'Ajouter la note',
	edit: 'Modifier cette note',
	text: 'Note',
	remove: 'Supprimer cette note',
	attach: 'Joindre des fichiers',
	no_files: 'Aucun fichier',
	resources: {
		contact_notes: {
			name: 'Note de contact |||| Notes de contacts',
			notifications: { deleted: 'Note supprimée |||| %{smart_count} notes supprimées' },
		},
		deal_notes: {
			name: 'Note d’affaire |||| Notes d’affaires',
			notifications: { deleted: 'Note supprimée |||| %{smart_count} notes supprimées' },
		},
	},
};
export default fr;
