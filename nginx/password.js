import { onSend, post, say, token, used } from './link.js';

onSend(async ({ password }) => {
	await post('/api/auth/reset-password', { newPassword: password });
	return 'Password changed. Sign in with your new password.';
});

if (token === '') {
	document.querySelector('form').remove();
	say(new URLSearchParams(location.search).has('error') ? used
		: 'This link is incomplete. Open the full link.');
}
