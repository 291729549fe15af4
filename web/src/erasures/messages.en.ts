import { english } from '../i18n/resource';

const words = english({ reason: 'Reason', created_at: 'Created', name: 'Reason' });

export default {
	report: 'All data',
	hold: 'Legal hold',
	erase: 'Erase',
	reason: 'Reason',
	hold_lead:
		'Until the hold is released, this person can’t be deleted or erased. A merge moves the hold to the remaining contact.',
	contact_lead:
		'This person is deleted permanently, together with notes, tasks, messages, appointments and files, even in the trash and the audit log. This can’t be undone. Existing ' +
		'backups and archives contain the data until they are deleted.',
	places: {
		appointment_attendees: 'appointment guests',
		appointment_tokens: 'appointment links',
		assistant_proposals: 'assistant proposals',
		automation_runs: 'automation runs',
		bulk_rows: 'bulk changes',
		context_embeddings: 'search index',
		duplicates: 'possible duplicates',
		idempotency_keys: 'stored responses',
		import_errors: 'import errors',
		external_ids: 'external IDs',
		imported_audit_log: 'imported logs',
		job_log: 'job logs',
		mails: 'emails',
		merges: 'merges',
		shares: 'shares',
		trash: 'trash',
		webhook_deliveries: 'webhook deliveries',
	},
	resources: {
		contact_holds: words({
			one: 'Contact legal hold',
			many: 'Contact legal holds',
			empty: 'No legal holds',
			invite: 'A legal hold prevents the deletion and the erasure of a contact.',
			create: 'New legal hold',
			moves: { release: 'Release' },
			leads: { release: 'This permanently releases the legal hold. This person can then be deleted and erased.' },
		}),
		contact_erasures: words({
			one: 'Proof of erasure',
			many: 'Contact erasures',
			empty: 'No erasures yet',
			invite: 'The page of a contact has an action to erase the person. The proof is listed here.',
			create: '',
		}),
	},
};
