import type en from './messages.en';

const fr: typeof en = {
	title: 'Entreprises',
	reach: 'Coordonnées',
	more_facts: 'Autres informations',
	links_help: 'Liens associés. Appuyez sur Entrée pour ajouter',
	nb_contacts: '%{smart_count} contact |||| %{smart_count} contacts',
	sizes: {
		1: '1–9 salariés',
		10: '10–49 salariés',
		50: '50–249 salariés',
		250: '250–499 salariés',
		500: '500+ salariés',
	},
	entries: {
		company: 'Entreprise créée',
		contact: 'Nouveau contact',
		deal: 'Nouvelle affaire',
		contactNote: 'Note de contact',
		dealNote: 'Note d’affaire',
	},
	resources: {
		companies: {
			name: 'Entreprise |||| Entreprises',
			empty: 'Aucune entreprise',
			invite: 'Les entreprises regroupent des contacts et des affaires. Ajoutez-en une, ou importez un fichier.',
			fields: {},
			page: { create: 'Nouvelle entreprise' },
			action: { create: 'Nouvelle entreprise' },
			notifications: {
				created: 'Entreprise créée',
				updated: 'Entreprise modifiée',
				deleted: 'Entreprise supprimée |||| %{smart_count} entreprises supprimées',
			},
			tabs: {
				contacts: 'Contacts',
				deals: 'Affaires',
				tasks: 'Tâches',
				appointments: 'Rendez-vous',
				activity: 'Activité',
			},
		},
	},
};
export default fr;
