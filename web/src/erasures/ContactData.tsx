// What is stored about a contact: as a file, its erasure, and a legal hold.
import { useRecordContext, useRedirect } from 'ra-core';
import { markRemoved } from '../data/feed';
import { DataButtons } from './DataButtons';

const lead = {
	en:
		'This person is deleted permanently with notes, tasks, messages, appointments and files, also from the trash and the audit log. This cannot be undone. Backups and ' +
		'archives that exist keep them until they are deleted.',
	fr:
		'Cette personne est supprimée définitivement avec ses notes, tâches, messages, rendez-vous et fichiers, y compris de la corbeille et du journal d’audit. Cela ne peut pas ' +
		'être annulé. Les sauvegardes et les archives existantes les conservent jusqu’à leur suppression.',
};

export default function ContactData() {
	const contact = useRecordContext();
	const redirect = useRedirect();
	return (
		<DataButtons
			resource="contacts"
			lead={lead}
			holds={{ resource: 'contact_holds', column: 'contact_id' }}
			erased={() => {
				markRemoved('contacts', [Number(contact!.id)]);
				redirect('list', 'contact_erasures');
			}}
		/>
	);
}
