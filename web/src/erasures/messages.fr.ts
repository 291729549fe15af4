import { french } from '../i18n/resource';
import type en from './messages.en';
const words = french({ reason: 'Motif', created_at: 'Création', name: 'Motif' });

const fr: typeof en = {
	report: 'Toutes les données',
	hold: 'Conservation légale',
	erase: 'Effacer',
	reason: 'Motif',
	hold_lead:
		'Tant qu’elle n’est pas levée, cette personne ne peut être ni supprimée ni effacée ; une fusion transfère la conservation au contact conservé.',
	contact_lead:
		'Cette personne est supprimée définitivement avec ses notes, tâches, messages, rendez-vous et fichiers, y compris de la corbeille et du journal d’audit. Cela ne peut pas ' +
		'être annulé. Les sauvegardes et les archives existantes les conservent jusqu’à leur suppression.',
	places: {
		appointment_attendees: 'invités de rendez-vous',
		appointment_tokens: 'liens de rendez-vous',
		assistant_proposals: 'propositions de l’assistant',
		automation_runs: 'exécutions d’automatisations',
		bulk_rows: 'lignes de modifications en masse',
		context_embeddings: 'index de recherche',
		duplicates: 'doublons possibles',
		idempotency_keys: 'réponses conservées',
		import_errors: 'erreurs d’imports',
		external_ids: 'identifiants d’autres systèmes',
		imported_audit_log: 'journaux importés',
		job_log: 'journaux de tâches',
		mails: 'e-mails',
		merges: 'fusions',
		shares: 'partages',
		trash: 'corbeille',
		webhook_deliveries: 'envois de webhooks',
	},
	resources: {
		contact_holds: words(
			{
				one: 'Conservation légale d’un contact',
				many: 'Conservations légales de contacts',
				empty: 'Aucune conservation légale',
				invite: 'Une conservation légale empêche de supprimer et d’effacer un contact.',
				create: 'Nouvelle conservation légale',
				moves: { release: 'Lever' },
				leads: {
					release:
						'La conservation légale prend fin définitivement. Cette personne peut ensuite être supprimée et effacée.',
				},
			},
			'feminine',
		),
		contact_erasures: words({
			one: 'Preuve d’effacement',
			many: 'Effacements de contacts',
			empty: 'Aucun effacement',
			invite: 'L’effacement se demande sur la page du contact. Sa preuve figure ici.',
			create: '',
		}),
	},
};

export default fr;
