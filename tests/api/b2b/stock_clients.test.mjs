// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TEST_MODULES=b2b
// The stock provider in an organization with the module. The tests for organizations without the module also pass, and
// they pass for opportunities.
import { checkOldPath } from '../lib/old_path.mjs';

for (const file of ['../atomic_crm/crm', '../atomic_crm/moves', '../rest/provider'])
	await import(`${file}.test.mjs`);

checkOldPath(['GET /api/deals', 'POST /api/deals', 'GET /api/deals/:id', 'PUT /api/deals/:id', 'DELETE /api/deals/:id']);
checkOldPath(['GET /api/opportunities', 'POST /api/opportunities', 'GET /api/opportunities/:id', 'PUT /api/opportunities/:id',
	'DELETE /api/opportunities/:id'], 'opportunities');
