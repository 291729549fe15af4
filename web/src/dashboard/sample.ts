// Sample data: companies, contacts, deals, tasks, notes and activities, which are created in one transaction.
import type { Configuration } from '../data/configuration';
import type { Provider } from '../data/dataProvider';

type Say = (key: string) => string;

const DAY = 86_400_000;
const ref = (operation: number) => ({ $ref: operation });
const day = (days: number) => new Date(Date.now() + days * DAY).toISOString();

// Name, website, city, and the index of its sector in the choices.
const companies = [
	['Brightlane Studio', 'brightlane', 'Lyon', 0],
	['Harbor Dental', 'harbordental', 'Bristol', 5],
	['Northwind Fitness', 'northwindfitness', 'Berlin', 1],
] as const;
// First name, last name, the index of the company, and the index of the status.
const contacts = [
	['Maya', 'Okafor', 0, 2],
	['Liam', 'Svensson', 0, 1],
	['Priya', 'Raman', 1, 2],
	['Tomas', 'Alvarez', 1, 0],
	['Hana', 'Kobayashi', 2, 1],
	['Jonas', 'Weber', 2, 3],
] as const;
// The key of the name, the amount, the index of the contact, the index of the stage, and the number of days until the
// close.
const deals = [
	['relaunch', 12_000, 0, 0, 45],
	['booking', 8_500, 2, 1, 30],
	['app', 24_000, 4, 2, 21],
	['posters', 3_200, 5, 0, 60],
] as const;

const at = <T extends { value: unknown }>(choices: T[], place: number) =>
	choices[Math.min(place, choices.length - 1)]?.value;

/** Returns the operations of the batch that creates the sample data. */
export function sampleOperations(
	say: Say,
	owner: number,
	{ companySectors, noteStatuses, dealStages, taskTypes }: Configuration,
) {
	const all: { method: 'POST'; resource: string; data: object }[] = [];
	const add = (resource: string, data: object) =>
		ref(
			all.push({ method: 'POST', resource, data: { ...data, ...(resource !== 'tags' && { sales_id: owner }) } }) -
				1,
		);
	const tag = add('tags', { name: say('dashboard.sample.tag'), color: '#dbe7e4' });
	const company_ids = companies.map(([name, host, city, sector]) =>
		add('companies', { name, website: `https://${host}.example`, city, sector: at(companySectors, sector) }),
	);
	const contact_ids = contacts.map(([first_name, last_name, company, status], n) =>
		add('contacts', {
			first_name,
			last_name,
			company_id: company_ids[company],
			status: at(noteStatuses, status),
			tags: [tag],
			first_seen: day(-3 * n - 1),
			last_seen: day(-n),
			email_jsonb: [
				{ type: 'Work', email: `${first_name}.${last_name}@${companies[company][1]}.example`.toLowerCase() },
			],
		}),
	);
	deals.forEach(([key, amount, contact, stage, days], index) =>
		add('deals', {
			name: say(`dashboard.sample.${key}`),
			amount,
			index,
			contact_ids: [contact_ids[contact]],
			company_id: company_ids[contacts[contact][2]],
			stage: at(dealStages, stage),
			expected_closing_date: day(days).slice(0, 10),
		}),
	);
	contact_ids.slice(0, 3).forEach((contact_id, n) => {
		add('tasks', { contact_id, text: say(`dashboard.sample.task_${n}`), type: at(taskTypes, 0), due_date: day(n) });
		add('contact_notes', { contact_id, text: say(`dashboard.sample.note_${n}`), date: day(-n - 1) });
		add('activities', {
			contact_id,
			type: 'call',
			subject: say(`dashboard.sample.call_${n}`),
			occurred_at: day(-2 * n - 1),
		});
	});
	return all;
}

/** The ids of records, by resource. */
export type Ids = Record<string, number[]>;

/** The order in which the sample data is removed. */
export const removed = ['activities', 'tasks', 'contact_notes', 'deals', 'contacts', 'companies', 'tags'];

// Resources whose records are deleted with a record or lose their reference to it, and the field that refers to the
// record.
const belongings = [
	['deals', 'deal_id', ['deal_notes', 'activities']],
	['contacts', 'contact_id', ['contact_notes', 'tasks', 'activities', 'appointments', 'messages']],
	['contacts', 'contact_ids', ['deals']],
	['companies', 'company_id', ['deals', 'contacts']],
] as const;

/** Returns the sample data that can be removed: all except records to which other records belong. */
export async function removable(sample: Ids, ask: Provider['ask']): Promise<Ids> {
	const going = { ...sample };
	for (const [resource, field, others] of belongings)
		for (const other of others) {
			const ids = going[resource] ?? [];
			if (ids.length === 0) continue;
			const filter = {
				[field === 'contact_ids' ? 'contact_ids@ov' : field]: ids,
				...(going[other]?.length && { 'id@not.in': going[other] }),
			};
			const staying = await ask<Record<string, number | number[]>[]>(`/api/${other}`, {
				filter,
				fields: [field],
				range: [0, 9999],
				count: 'none',
			});
			const kept = new Set(staying.flatMap((one) => one[field]!));
			going[resource] = ids.filter((id) => !kept.has(id));
		}
	return going;
}
