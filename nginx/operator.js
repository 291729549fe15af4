import { onSend, post, say, token } from './link.js';

const form = document.querySelector('form');

// A user of old keeps their name.
function show({ email, known }) {
	form.elements.email.value = email;
	if (known)
		form.elements.name.closest('label').remove();
	form.hidden = false;
	form.querySelector('input:not([readonly])').focus();
}

onSend(async ({ name, password }) => {
	const { email } = await post('/api/operators', { name, password });
	return `Done. Sign in as ${email}, with the password you have just chosen.`;
});

if (token === '')
	say('There is nothing behind this address. Open the whole link.');
else
	post('/api/operators/link').then(show, (error) => say(error.message));
