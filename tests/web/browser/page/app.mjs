// A page that uses better-auth's client as an application would. The result of
// each button, { data, error }, is shown as JSON.
import { passkeyClient } from '@better-auth/passkey/client';
import { createAuthClient } from 'better-auth/client';

const auth = createAuthClient({ plugins: [passkeyClient()] });
const form = document.forms[0];
const field = (name) => form.elements[name].value;

const actions = {
	signUp: () => auth.signUp.email({ name: field('name'), email: field('email'),
		password: field('password') }),
	signIn: () => auth.signIn.email({ email: field('email'),
		password: field('password') }),
	signOut: () => auth.signOut(),
	whoAmI: () => auth.getSession(),
	signInIssuer: () => auth.signIn.social({ provider: 'rsa', callbackURL: '/page/',
		newUserCallbackURL: '/page/?new', errorCallbackURL: '/page/' }),
	linkIssuer: () => auth.linkSocial({ provider: 'rsa', callbackURL: '/page/?linked',
		errorCallbackURL: '/page/' }),
	listAccounts: () => auth.listAccounts(),
	addPasskey: () => auth.passkey.addPasskey({ name: field('passkey') }),
	signInPasskey: () => auth.signIn.passkey(),
	async listPasskeys() {
		const outcome = await auth.passkey.listUserPasskeys();
		document.querySelector('ul').replaceChildren(
			...(outcome.data ?? []).map(line));
		return outcome;
	},
};

function button(text, action) {
	const element = document.createElement('button');
	element.textContent = text;
	element.addEventListener('click', () => show(action));
	return element;
}

function line({ id, name }) {
	const item = document.createElement('li');
	item.append(name ?? '', button('Rename', () =>
		auth.passkey.updatePasskey({ id, name: field('passkey') })),
	button('Delete', () => auth.passkey.deletePasskey({ id })));
	return item;
}

async function show(action) {
	const { data, error } = await action().catch((thrown) =>
		({ data: null, error: { message: String(thrown) } }));
	document.querySelector('output').textContent = JSON.stringify({ data, error });
}

form.addEventListener('click', ({ target }) => {
	if (target.value in actions)
		show(actions[target.value]);
});
