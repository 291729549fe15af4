import type en from './messages.en';

const fr: typeof en = {
	title: 'Contacts',
	kind: 'Type',
	kinds: { Work: 'Travail', Home: 'Domicile', Other: 'Autre' },
	genders: { female: 'Femme', male: 'Homme', nonbinary: 'Non binaire' },
	card: 'vCard',
	tasks: 'Tâches',
	add_task: 'Ajouter',
	add_email: 'Ajouter une adresse e-mail',
	add_number: 'Ajouter un numéro',
	no_tasks: 'Aucune tâche ouverte',
	task_text: 'Tâche',
	task_type: 'Type',
	task_due: 'Échéance',
	resources: {
		contacts: {
			name: 'Contact |||| Contacts',
			empty: 'Aucun contact',
			invite: 'Les contacts sont les personnes avec qui vous travaillez. Ajoutez-en un, ou importez un fichier.',
			fields: {
				name: 'Nom',
				email: 'E-mail',
				number: 'Numéro',
			},
			page: { create: 'Nouveau contact' },
			action: { create: 'Nouveau contact' },
			notifications: {
				created: 'Contact créé',
				updated: 'Contact modifié',
				deleted: 'Contact supprimé |||| %{smart_count} contacts supprimés',
			},
			tabs: {
				stream: 'Activité',
				deals: 'Affaires',
				appointments: 'Rendez-vous',
				messages: 'Messages',
				files: 'Fichiers',
			},
		},
	},
};
export default fr;
