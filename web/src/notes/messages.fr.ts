import type en from './messages.en';

const fr: typeof en = {
	write: 'Écrire une note',
	add: 'Ajouter la note',
	remove: 'Supprimer cette note',
	attach: 'Joindre des fichiers',
	none: 'Pas encore de note. Que doivent savoir les collègues ?',
	more: 'Voir plus',
};
export default fr;
