import type { RaRecord } from 'ra-core';

export interface Deal extends RaRecord<number> {
	name: string;
	company_id: number | null;
	contact_ids: number[] | null;
	category: string | null;
	stage: string;
	description: string | null;
	amount: number;
	created_at: string;
	updated_at: string;
	archived_at: string | null;
	expected_closing_date: string | null;
	sales_id: number | null;
	index: number | null;
	metadata: { lost_reason?: string };
	/** The additional fields of opportunities. */
	currency?: string;
	outcome?: 'open' | 'won' | 'lost';
	outcome_reason?: string | null;
	/** The related records, if the request embeds them. */
	company?: { id: number; name: string; logo: { src?: string } | null } | null;
}

/** The stage of lost deals. */
export const LOST = 'lost';

/** Returns the day of a date. A date without a time is the same day in every time zone. */
export const dayOf = (date: string | null | undefined): Date | null => (date ? new Date(`${date}T12:00`) : null);
