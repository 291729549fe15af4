// Parts that only deal lists and deal pages have.
import { useTranslate } from 'ra-core';
import { labelOf, useConfiguration } from '../data/configuration';
import { useFormats } from '../data/useFormats';
import { Files, Stream } from '../records/tabs';
import type { Deal } from './deal';

export const DealStream = () => <Stream resource="deal_notes" target="deal_id" />;

export const DealFiles = () => <Files resource="deal_notes" target="deal_id" />;

export const Amount = ({ row }: { row: Deal }) => useFormats().money(row.amount);

/** The stage, and whether the deal is archived. */
export function Stage({ row, table = false }: { row: Deal; table?: boolean }) {
	const translate = useTranslate();
	const { dealStages } = useConfiguration();
	return [!table && labelOf(dealStages, row.stage), row.archived_at && translate('deals.archived')]
		.filter(Boolean)
		.join(' · ');
}
