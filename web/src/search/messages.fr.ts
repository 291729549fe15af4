import type en from './messages.en';

const fr: typeof en = {
	title: 'Rechercher',
	hint: 'Rechercher (Ctrl+K)',
	placeholder: 'Rechercher ou accéder à…',
	results: 'Résultats',
	nothing: 'Aucun résultat pour « %{text} »',
	edit: 'Modifier « %{name} »',
	move: 'Déplacer « %{name} » vers %{stage}',
	groups: {
		recent: 'Récent',
		commands: 'Commandes',
		pages: 'Aller à',
		deeds: 'Créer',
		offers: 'Plus',
		of_contacts: 'Contacts',
		of_companies: 'Entreprises',
		of_deals: 'Affaires',
		of_contact_notes: 'Notes de contacts',
		of_deal_notes: 'Notes d’affaires',
		of_tasks: 'Tâches',
		of_activities: 'Activités',
		of_appointments: 'Rendez-vous',
		of_messages: 'Messages',
	},
};
export default fr;
