// What was erased, in words: the number of rows of each kind, and of copies by place.
import { useLocale, useTranslate } from 'ra-core';
import type { Locale } from '../i18n/i18n';
import type { Shown } from '../records/resource';

const places: Record<Locale, Record<string, string>> = {
	en: {
		appointment_attendees: 'guests of appointments',
		appointment_tokens: 'links of appointments',
		assistant_proposals: 'proposals of the assistant',
		automation_runs: 'runs of automations',
		bulk_rows: 'rows of bulk changes',
		context_embeddings: 'search index',
		duplicates: 'possible duplicates',
		idempotency_keys: 'stored answers',
		import_errors: 'errors of imports',
		import_keys: 'keys of imports',
		imported_audit_log: 'imported logs',
		job_log: 'logs of jobs',
		mails: 'emails',
		merges: 'merges',
		shares: 'shares',
		trash: 'trash',
		webhook_deliveries: 'deliveries of webhooks',
	},
	fr: {
		appointment_attendees: 'invités de rendez-vous',
		appointment_tokens: 'liens de rendez-vous',
		assistant_proposals: 'propositions de l’assistant',
		automation_runs: 'exécutions d’automatisations',
		bulk_rows: 'lignes de modifications en masse',
		context_embeddings: 'index de recherche',
		duplicates: 'doublons possibles',
		idempotency_keys: 'réponses conservées',
		import_errors: 'erreurs d’imports',
		import_keys: 'clés d’imports',
		imported_audit_log: 'journaux importés',
		job_log: 'journaux de tâches',
		mails: 'e-mails',
		merges: 'fusions',
		shares: 'partages',
		trash: 'corbeille',
		webhook_deliveries: 'envois de webhooks',
	},
};

export default function Counts({ value }: Shown) {
	const translate = useTranslate();
	const words = places[useLocale() as Locale];
	const name = (key: string, n: number) =>
		words[key] ?? translate(`resources.${key}.name`, { smart_count: n, _: key.replaceAll('_', ' ') }).toLowerCase();
	return (
		Object.entries(value as Record<string, number>)
			.filter(([, n]) => n > 0)
			.map(([key, n]) => `${name(key, n)} (${n})`)
			.join(', ') || '–'
	);
}
