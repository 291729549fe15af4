import { incomplete, onSend, post, say, text, token, used } from './link.js';

onSend(async ({ password }) => {
	await post('/api/auth/reset-password', { newPassword: password });
	return text('Password changed. Sign in with your new password.',
		'Mot de passe modifié. Connectez-vous avec votre nouveau mot de passe.');
});

if (token === '') {
	document.querySelector('form').remove();
	say(new URLSearchParams(location.search).has('error') ? used : incomplete);
}
