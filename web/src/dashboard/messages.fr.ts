import type en from './messages.en';

const fr: typeof en = {
	title: 'Tableau de bord',
	welcome: 'Bienvenue',
	welcome_help: 'Configurons votre CRM.',
	first_contact: 'Ajouter votre premier contact',
	contacts: 'Contacts',
	open_deals: 'Affaires en cours',
	open_tasks: 'Tâches ouvertes',
	new_contacts: 'Nouveaux contacts, 30 derniers jours',
	lines: { new_contacts: 'Nouveaux contacts', activities: 'Activités' },
	pipeline: 'Pipeline',
	stage: 'Étape',
	amount: 'Montant',
	days: 'Activité, 30 derniers jours',
	day: 'Jour',
	my_tasks: 'Mes tâches',
	no_tasks: 'Vous êtes à jour',
	hot: 'Contacts chauds',
	no_hot: 'Aucun contact chaud',
	latest: 'Activité récente',
	nothing: 'Aucune activité',
};
export default fr;
