// The lines about a company in lists.
import { useTranslate } from 'ra-core';
import { labelOf, useConfiguration } from '../data/configuration';
import type { Company } from './company';

export function Summary({ row: { sector, city, country }, table = false }: { row: Company; table?: boolean }) {
	const { companySectors } = useConfiguration();
	return [!table && labelOf(companySectors, sector), city, country].filter(Boolean).join(' · ');
}

export const NumberOfContacts = ({ row }: { row: Company }) =>
	useTranslate()('companies.nb_contacts', { smart_count: row.nb_contacts });
