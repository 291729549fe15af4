// stack: SIGNUP=open TENANTRY_RATE_LIMIT=off TEST_MODULES=b2b
// Atomic CRM's screens and its provider in an organization with the b2b module, which must not change their behavior.
import { checkOldPath } from '../lib/old_path.mjs';

for (const file of ['../atomic_crm/crm', '../atomic_crm/moves', './crm'])
	await import(`${file}.test.mjs`);

checkOldPath(['GET /api/deals', 'POST /api/deals', 'GET /api/deals/:id', 'PATCH /api/deals/:id', 'DELETE /api/deals/:id']);
