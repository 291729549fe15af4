// Shared by the pages behind a one-time link.  The token is in the fragment, which
// neither servers nor logs see, or in ?token= of a Better Auth link.
export const token = location.hash.slice(1)
	|| new URLSearchParams(location.search).get('token') || '';

const form = document.querySelector('form');
const outcome = document.querySelector('output');

export const say = (text) => {
	outcome.textContent = text;
};

export const used = 'This link has expired or was used. Ask for a new one.';

// The server's message, with the name of the field in plain words.
function sentence({ code, message = 'Something went wrong. Try again.' }) {
	return code === 'INVALID_TOKEN' ? used
		: message.replace(/^(\w+): /, 'The $1 ');
}

export async function post(path, body) {
	const rs = await fetch(path, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ token, ...body }),
	}).catch(() => {
		throw new Error('The server cannot be reached. Try again.');
	});
	const json = await rs.json().catch(() => ({}));
	if (!rs.ok)
		throw new Error(sentence(json));
	return json;
}

// Calls send(fields) when the form is submitted, then replaces the form by the text it returns.
export function onSend(send) {
	form.addEventListener('submit', async (event) => {
		event.preventDefault();
		const button = form.querySelector('button');
		button.disabled = true;
		say('');
		try {
			const done = await send(Object.fromEntries(new FormData(form)));
			form.remove();
			history.replaceState(null, '', location.pathname);
			say(done);
		} catch (error) {
			button.disabled = false;
			say(error.message);
		}
	});
}
