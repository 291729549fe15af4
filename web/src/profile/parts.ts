// The tabs of the profile with the titles of their panels. The search in the settings finds both.
import { insideOf } from '../records/menu';

export const parts = {
	me: ['profile.name', 'profile.picture', 'profile.address', 'profile.browser'],
	security: [
		'auth.password',
		'profile.factor',
		'profile.passkeys',
		'profile.providers',
		'profile.sessions',
		'profile.account',
	],
	keys: ['profile.keys', 'assistant.key_own'],
	events: ['profile.events'],
};

export const inside = () => insideOf('profile', Object.entries(parts));
