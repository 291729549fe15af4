import type en from './messages.en';

const fr: typeof en = {
	title: 'Tableau de bord',
	welcome: 'Bienvenue',
	welcome_help: 'Il n’y a encore rien ici. Commencez par les personnes avec qui vous travaillez ; le reste suivra.',
	first_contact: 'Créer le premier contact',
	contacts: 'Contacts',
	open_deals: 'Affaires en cours',
	open_tasks: 'Tâches à faire',
	new_contacts: 'Nouveaux contacts en 30 jours',
	lines: { new_contacts: 'Nouveaux contacts', activities: 'Activités' },
	pipeline: 'Pipeline',
	stage: 'Étape',
	amount: 'Montant',
	days: 'Les 30 derniers jours',
	day: 'Jour',
	my_tasks: 'Mes tâches',
	no_tasks: 'Rien à faire. Bravo.',
	hot: 'Contacts chauds',
	no_hot: 'Personne n’est chaud en ce moment.',
	latest: 'Derniers événements',
	nothing: 'Il ne s’est encore rien passé.',
};
export default fr;
