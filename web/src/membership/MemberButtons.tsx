// What is stored about a member: as a file, and its erasure.
import { useLocale, useRefresh } from 'ra-core';
import { DataButtons } from '../erasures/DataButtons';
import type { Locale } from '../i18n/i18n';

const lead = {
	en:
		'Name, contacts, addresses, documents and texts of this person are deleted permanently, also in the audit log. Amounts stay in the ledger. Backups and archives ' +
		'that exist keep them until they are deleted.',
	fr:
		'Le nom, les coordonnées, les adresses, les documents et les textes de cette personne sont supprimés définitivement, y compris dans le journal d’audit. Les montants ' +
		'restent dans le grand livre. Les sauvegardes et les archives existantes les conservent jusqu’à leur suppression.',
};

export default function MemberButtons() {
	const locale = useLocale() as Locale;
	return <DataButtons resource="user_profiles" lead={lead[locale]} erased={useRefresh()} own />;
}
