import type { RaRecord } from 'ra-core';

export interface Contact extends RaRecord<number> {
	first_name: string | null;
	last_name: string | null;
	title: string | null;
	gender: string | null;
	background: string | null;
	avatar: { src?: string } | null;
	first_seen: string | null;
	last_seen: string | null;
	has_newsletter: boolean | null;
	status: string | null;
	tags: number[] | null;
	company_id: number | null;
	company_name: string | null;
	sales_id: number | null;
	linkedin_url: string | null;
	email_jsonb: { email: string; type: string }[] | null;
	phone_jsonb: { number: string; type: string }[] | null;
	nb_tasks: number | null;
}

export interface Tag extends RaRecord<number> {
	name: string;
	color: string;
}
