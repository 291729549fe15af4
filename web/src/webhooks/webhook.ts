import type { RaRecord } from 'ra-core';

export interface Webhook extends RaRecord<number> {
	url: string;
	events: string[];
	description: string | null;
	enabled: boolean;
	failing_since: string | null;
	disabled_reason: string | null;
}

export interface Delivery extends RaRecord<number> {
	webhook_id: number;
	event: string;
	row_id: string | null;
	status: 'waiting' | 'delivered' | 'failed';
	attempts:
		| { at: string; status?: number | null; ms?: number | null; error?: string | null; answer?: string | null }[]
		| null;
	next_at: string | null;
	request_headers: Record<string, string> | null;
	request_body: string | null;
	created_at: string;
}

/** Returns the patterns in a comma-separated text. */
export const patternsOf = (text: string) => text.split(/[\s,]+/).filter(Boolean);
