import type en from './messages.en';

const fr: typeof en = {
	title: 'Rechercher',
	hint: 'Rechercher (Ctrl+K)',
	placeholder: 'Rechercher, ou aller à…',
	results: 'Résultats',
	nothing: 'Rien ne contient ces mots.',
	make: 'Créer : %{name}',
	groups: {
		recent: 'Recherches récentes', pages: 'Aller à', deeds: 'Créer', offers: 'Sinon',
		of_contacts: 'Contacts', of_companies: 'Entreprises', of_deals: 'Affaires', of_contact_notes: 'Notes de contacts',
		of_deal_notes: 'Notes d’affaires', of_tasks: 'Tâches', of_activities: 'Activités', of_appointments: 'Rendez-vous',
		of_messages: 'Messages',
	},
};
export default fr;
