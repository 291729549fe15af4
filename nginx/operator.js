import { onSend, post, say, token } from './link.js';

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
	return `Done. Sign in as ${email} with your new password.`;
});

if (token === '')
	say('This link is incomplete. Open the full link.');
else
	post('/api/operators/link').then(show, (error) => say(error.message));
