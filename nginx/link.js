// What pages behind a one-time link share.  The token follows the #, where no
// server and no log sees it, or comes as ?token= from a link of the wire.
export const token = location.hash.slice(1)
	|| new URLSearchParams(location.search).get('token') || '';

const form = document.querySelector('form');
const outcome = document.querySelector('output');

export const say = (text) => {
	outcome.textContent = text;
};

export const used = 'This link has expired or was used. Ask for a new one.';

// What the server says, to somebody who sees a form and not its members.
function sentence({ code, message = 'That did not work. Try again.' }) {
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

// Calls send(fields) once the form is filled in; what it returns ends the page.
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
