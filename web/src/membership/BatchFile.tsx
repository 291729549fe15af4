// The file of a batch, for the bank.
import { useLocale, useRecordContext } from 'ra-core';
import type { Locale } from '../app/i18n';
import { Download } from './Download';

const words = { en: 'File for the bank', fr: 'Fichier pour la banque' };

export default function BatchFile() {
	const row = useRecordContext();
	const label = words[useLocale() as Locale];
	return row && <Download to={`/api/payout_batches/${row.id}/file`} label={label} />;
}
