import { english } from '../i18n/resource';

const words = english({ reason: 'Reason', created_at: 'Created', name: 'Reason' });

export default {
	report: 'All data',
	hold: 'Legal hold',
	erase: 'Erase',
	reason: 'Reason',
	hold_lead:
		'Until it is released, this person can be neither deleted nor erased; a merge moves the hold to the remaining contact.',
	contact_lead:
		'This person is deleted permanently with notes, tasks, messages, appointments and files, also from the trash and the audit log. This cannot be undone. Backups and ' +
		'archives that exist keep them until they are deleted.',
	places: {
		appointment_attendees: 'guests of appointments',
		appointment_tokens: 'links of appointments',
		assistant_proposals: 'proposals of the assistant',
		automation_runs: 'runs of automations',
		bulk_rows: 'rows of bulk changes',
		context_embeddings: 'search index',
		duplicates: 'possible duplicates',
		idempotency_keys: 'stored answers',
		import_errors: 'errors of imports',
		external_ids: 'ids of other systems',
		imported_audit_log: 'imported logs',
		job_log: 'logs of jobs',
		mails: 'emails',
		merges: 'merges',
		shares: 'shares',
		trash: 'trash',
		webhook_deliveries: 'deliveries of webhooks',
	},
	resources: {
		contact_holds: words({
			one: 'Legal hold of a contact',
			many: 'Legal holds of contacts',
			empty: 'No legal holds',
			create: 'New legal hold',
			moves: { release: 'Release' },
			leads: { release: 'The legal hold ends permanently. This person can then be deleted and erased.' },
		}),
		contact_erasures: words({
			one: 'Proof of erasure',
			many: 'Erasures of contacts',
			empty: 'No erasures yet',
			create: '',
		}),
	},
};
