import { incomplete, onSend, post, say, text, token } from './link.js';

const form = document.querySelector('form');

// An existing user keeps their name.
function show({ email, known }) {
	form.elements.email.value = email;
	if (known)
		form.elements.name.closest('label').remove();
	form.hidden = false;
	form.querySelector('input:not([readonly])').focus();
}

onSend(async ({ name, password }) => {
	const { email } = await post('/api/operators', { name, password });
	return text(`Done. Sign in as ${email} with your new password.`,
		`Terminé. Connectez-vous en tant que ${email} avec votre nouveau mot de passe.`);
});

if (token === '')
	say(incomplete);
else
	post('/api/operators/link').then(show, (error) => say(error.message));
