import type { RaRecord } from 'ra-core';

export interface Company extends RaRecord<number> {
	name: string;
	sector: string | null;
	size: number | null;
	website: string | null;
	linkedin_url: string | null;
	phone_number: string | null;
	address: string | null;
	zipcode: string | null;
	city: string | null;
	state_abbr: string | null;
	country: string | null;
	description: string | null;
	revenue: string | null;
	tax_identifier: string | null;
	context_links: string[] | null;
	logo: { src?: string } | null;
	sales_id: number | null;
	created_at: string;
	nb_contacts: number;
	nb_deals: number;
}

/** The size classes: the minimum number of employees of each class. */
export const sizes = [1, 10, 50, 250, 500];
