// A row of every resource, for tests that take their routes from the OpenAPI
// document.  A resource that is not told of here makes them fail.
import assert from 'node:assert/strict';
import { ask, query } from './api.mjs';

// What creating one takes; mark is text that can be found again, others are
// the rows made before.
const samples = {
	tags: (mark) => ({ name: `tag ${mark}`, color: '#abc' }),
	companies: (mark) => ({ name: `company ${mark}`, sector: 'it',
		description: `about ${mark}`, website: `https://${mark}.test` }),
	contacts: (mark, others) => ({ first_name: `first ${mark}`,
		last_name: `last ${mark}`, background: `about ${mark}`,
		company_id: others.companies.id, tags: [others.tags.id],
		email_jsonb: [{ email: `${mark}@contacts.test`, type: 'Work' }] }),
	deals: (mark, others) => ({ name: `deal ${mark}`, stage: 'lead',
		category: `about ${mark}`, description: `more ${mark}`,
		amount: 1200, company_id: others.companies.id,
		contact_ids: [others.contacts.id] }),
	contact_notes: (mark, others) => ({ text: `note ${mark}`,
		contact_id: others.contacts.id }),
	deal_notes: (mark, others) => ({ text: `note ${mark}`,
		deal_id: others.deals.id }),
	tasks: (mark, others) => ({ text: `task ${mark}`, type: 'call',
		contact_id: others.contacts.id, due_date: '2027-01-31T12:00:00Z' }),
};

export function sample(resource, mark, others) {
	assert.ok(samples[resource], `no row is known of ${resource}; add one`);
	return samples[resource](mark, others);
}

// Creates one of each; answers with them by resource, and with what the
// organization has of the resources that are not created.
export async function rowsOf(who, mark) {
	const rows = {};
	for (const resource of Object.keys(samples)) {
		const rs = await ask('POST', `/api/${resource}`, { token: who.token,
			body: samples[resource](mark, rows) });
		assert.equal(rs.status, 201, `${resource}: ${rs.text}`);
		rows[resource] = rs.json;
	}
	for (const resource of ['sales', 'configuration', 'activity_log',
		'contacts_summary', 'companies_summary']) {
		const rs = await ask('GET', `/api/${resource}`
			+ query({ range: [0, 0] }), { token: who.token });
		assert.equal(rs.status, 200, `${resource}: ${rs.text}`);
		assert.equal(rs.json.length, 1, `${resource} has no row`);
		rows[resource] = rs.json[0];
	}
	return rows;
}

// Columns that hold the id of another resource's row.
export const references = {
	company_id: 'companies',
	contact_id: 'contacts',
	contact_ids: 'contacts',
	deal_id: 'deals',
	sales_id: 'sales',
	tags: 'tags',
};
