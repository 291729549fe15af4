// An association, a member who has an account, and the member's profile.
import { READ_AHEAD, colleague, member } from './browser.mjs';

export async function association(look) {
	const boss = await member(look);
	await boss.call('/api/modules/membership', { enabled: true }, 'PUT');
	const mia = await colleague(boss, 'portal', { first_name: 'Mia', last_name: 'Member', ...look });
	mia.expect(READ_AHEAD);
	const { user_id } = await mia.call('/api/me');
	const [profile] = await boss.call(`/api/user_profiles?filter=${encodeURIComponent(JSON.stringify({ user_id }))}`);
	return { boss, mia, profile, make: (resource, row) => boss.call(`/api/${resource}`, row) };
}
