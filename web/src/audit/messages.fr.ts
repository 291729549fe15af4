import type en from './messages.en';

const fr: typeof en = {
	title: 'Journal d’audit',
	changes: 'Modifications',
	changes_help: 'Chaque modification d’une ligne de cette organisation, les plus récentes d’abord. Rien n’y peut être changé.',
	empty: 'Aucune modification ne correspond.',
	every: 'Tous',
	what: 'Détails',
	by: { who: 'Qui', kind: 'Quoi', action: 'Comment', since: 'Du', until: 'Au' },
	proof: 'Preuve',
	proof_help: 'Chaque minute le serveur scelle ce qui est nouveau par une chaîne d’empreintes. La vérification les recalcule toutes.',
	verify: 'Vérifier maintenant',
	whole: '%{rows} entrée scellée est telle qu’elle a été écrite. |||| %{rows} entrées scellées sont telles qu’elles ont été écrites.',
	unsealed: 'Rien n’est encore scellé.',
	broken: 'Le journal n’est pas tel qu’il a été écrit. %{rows} entrée a été examinée. |||| Le journal n’est pas tel qu’il a été écrit. %{rows} entrées ont été examinées.',
	young: '%{smart_count} entrée est trop récente pour un sceau. |||| %{smart_count} entrées sont trop récentes pour un sceau.',
	head: 'Tête de la chaîne',
	head_help: 'Gardez cette ligne ailleurs : avec elle, personne ne peut couper la chaîne ni la refaire sans que cela se voie.',
	faults: {
		seal_removed: 'Le sceau %{seal} a été retiré.',
		seal_changed: 'Le sceau %{seal} a été modifié.',
		row_removed: 'L’entrée %{row} a été retirée.',
		row_changed: 'L’entrée %{row} a été modifiée.',
		rows_added: 'L’entrée %{row} a été ajoutée après coup ; %{n} en tout.',
	},
	kinds: {
		contacts: 'Contact', companies: 'Entreprise', deals: 'Affaire', contact_notes: 'Note d’un contact', deal_notes: 'Note d’une affaire',
		tasks: 'Tâche', activities: 'Activité', appointments: 'Rendez-vous', messages: 'Message', tags: 'Étiquette', sales: 'Collègue',
		configuration: 'Configuration', automation_rules: 'Automatisation', automations: 'Automatisation (ancienne)', webhooks: 'Webhook', imports: 'Import',
		import_mappings: 'Correspondance d’un import', merges: 'Fusion', bulk_changes: 'Changement de plusieurs lignes', daily_metrics: 'Chiffres d’un jour',
		appointment_attendees: 'Participant', organization: 'Organisation', organization_member: 'Membre', organization_invitation: 'Invitation',
		organization_role: 'Rôle',
	},
};
export default fr;
