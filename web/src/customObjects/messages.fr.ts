import { french } from '../i18n/resource';
import type en from './messages.en';

const words = french({});

const fr: typeof en = {
	key_help: 'Le nom dans l’API, formé à partir du nom au pluriel si le champ est vide. Il ne change plus ensuite.',
	help_help: 'Affiché tant que la liste est vide.',
	open: 'Ouvrir %{name}',
	texts: {
		empty: '%{many} : aucune fiche',
		action: { create: 'Ajouter : %{one}' },
		notifications: {
			created: '%{one} : fiche créée',
			updated: '%{one} : fiche modifiée',
			deleted: '%{one} : fiche supprimée |||| %{many} : %{smart_count} fiches supprimées',
		},
	},
	resources: {
		records: { fields: { object: 'Objet' } },
		object_definitions: words({
			one: 'Objet',
			many: 'Objets',
			empty: 'Aucun objet',
			invite: 'Ajoutez ce que votre équipe gère en plus des contacts, sociétés et affaires, par exemple des machines ou des contrats.',
			create: 'Nouvel objet',
			fields: {
				name: 'Objet',
				icon_box: 'Carton',
				icon_building: 'Bâtiment',
				icon_calendar: 'Calendrier',
				icon_card: 'Carte',
				icon_document: 'Document',
				icon_flag: 'Drapeau',
				icon_folder: 'Dossier',
				icon_key: 'Clé',
				icon_machine: 'Machine',
				icon_person: 'Personne',
				icon_pin: 'Lieu',
				icon_project: 'Projet',
				icon_ticket: 'Billet',
				icon_vehicle: 'Véhicule',
			},
		}),
	},
};

export default fr;
