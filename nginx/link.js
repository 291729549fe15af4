// Shared by the pages behind a one-time link.  The token is in the fragment, which
// neither servers nor logs see, or in ?token= of a Better Auth link.
export const token = location.hash.slice(1)
	|| new URLSearchParams(location.search).get('token') || '';

// The page is in English; data-fr has the French text.
const french = navigator.language.startsWith('fr');
if (french) {
	document.documentElement.lang = 'fr';
	for (const element of document.querySelectorAll('[data-fr]'))
		element.textContent = element.dataset.fr;
	document.title = document.querySelector('h1').textContent;
}
export const text = (en, fr) => french ? fr : en;

const form = document.querySelector('form');
const outcome = document.querySelector('output');

export const say = (words) => {
	outcome.textContent = words;
};

export const used = text('This link has expired or was used. Ask for a new one.',
	'Ce lien a expiré ou a déjà été utilisé. Demandez-en un nouveau.');
export const incomplete = text('This link is incomplete. Open the full link.',
	'Ce lien est incomplet. Ouvrez le lien complet.');

// Other messages of the server are in English, and begin with the field.
function sentence(status, { code = '', errors, message = '' }) {
	if (code === 'INVALID_TOKEN' || status === 404)
		return used;
	if (status === 429)
		return text('Too many attempts. Wait a moment and try again.', 'Trop de tentatives. Patientez un instant et réessayez.');
	if (code.startsWith('PASSWORD_') || errors?.password)
		return text('Choose another password: it must have 8 to 128 characters and be in no list of breached passwords.',
			'Choisissez un autre mot de passe : il doit compter de 8 à 128 caractères et ne figurer dans aucune liste de mots de passe divulgués.');
	return french || !message ? text('Something went wrong. Try again.', 'Une erreur est survenue. Réessayez.') : message;
}

export async function post(path, body) {
	const rs = await fetch(path, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ token, ...body }),
	}).catch(() => {
		throw new Error(text('The server cannot be reached. Try again.', 'Le serveur est injoignable. Réessayez.'));
	});
	const json = await rs.json().catch(() => ({}));
	if (!rs.ok)
		throw new Error(sentence(rs.status, json));
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
			document.querySelector('a.button').hidden = false;
		} catch (error) {
			button.disabled = false;
			say(error.message);
		}
	});
}
