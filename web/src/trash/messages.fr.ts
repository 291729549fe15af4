import type en from './messages.en';

const fr: typeof en = {
	title: 'Corbeille',
	empty: 'Rien n’a été supprimé',
	kept: 'Ce qui est supprimé peut revenir tant que le serveur ne l’a pas effacé : après 30 jours, sauf si son opérateur en a décidé autrement.',
	kind: 'Ce que c’était',
	restore: 'Restaurer',
	restored: 'C’est revenu, comme avant.',
	purge: 'Effacer pour de bon',
	purge_what: 'Effacer « %{title} » pour de bon ?',
	purge_help: 'Cela ne pourra pas revenir. |||| Cela ne pourra pas revenir, ni les %{smart_count} lignes parties avec.',
	along: 'avec %{smart_count} autre |||| avec %{smart_count} autres',
	kinds: {
		contacts: 'Contact', companies: 'Entreprise', deals: 'Affaire', contact_notes: 'Note d’un contact', deal_notes: 'Note d’une affaire',
		tasks: 'Tâche', activities: 'Activité', appointments: 'Rendez-vous', messages: 'Message', tags: 'Étiquette',
		automation_rules: 'Automatisation', automations: 'Automatisation', import_mappings: 'Correspondance d’un import',
	},
	resources: { trash: { name: 'Corbeille |||| Corbeille', fields: { resource: 'Ce que c’était', deleted_at: 'Suppression' } } },
};
export default fr;
