// What is stored about a member: as a file, and its erasure.
import { useRefresh } from 'ra-core';
import { DataButtons } from '../erasures/DataButtons';

const lead = {
	en:
		'Name, contacts, addresses, documents and texts of this person are deleted permanently, also in the audit log. Amounts stay in the ledger. Backups and archives ' +
		'that exist keep them until they are deleted.',
	fr:
		'Le nom, les coordonnées, les adresses, les documents et les textes de cette personne sont supprimés définitivement, y compris dans le journal d’audit. Les montants ' +
		'restent dans le grand livre. Les sauvegardes et les archives existantes les conservent jusqu’à leur suppression.',
};

export default function MemberButtons() {
	return <DataButtons resource="user_profiles" lead={lead} erased={useRefresh()} own />;
}
