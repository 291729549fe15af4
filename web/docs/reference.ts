// The reference of operations: Swagger UI shows one group of operations from the OpenAPI document of this server. All
// groups together would take a minute to render.
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

const DOCUMENT = '/api/openapi.json';
const domNode = document.querySelector<HTMLElement>('#operations')!;

async function show() {
	const response = await fetch(`${DOCUMENT}?only=tags`);
	if (!response.ok) throw new Error(response.statusText);
	const { tags } = (await response.json()) as { tags: { name: string }[] };
	const names = tags.map(({ name }) => name).sort();
	const chosen = new URLSearchParams(location.search).get('tag') ?? 'contacts';
	const select = document.createElement('select');
	select.append(...names.map((name) => new Option(name, name, false, name === chosen)));
	select.addEventListener('change', () => location.assign(`?tag=${encodeURIComponent(select.value)}`));
	const label = document.createElement('label');
	label.append('Group ', select);
	domNode.before(label);
	SwaggerUI({
		domNode,
		url: `${DOCUMENT}?tag=${encodeURIComponent(chosen)}`,
		docExpansion: 'list',
		defaultModelsExpandDepth: -1,
		deepLinking: true,
		supportedSubmitMethods: [], // disabled, because the operations would change the reader's data
		validatorUrl: null, // a service of another server
	});
}

show().catch(() => (domNode.textContent = 'The operations cannot be loaded. Reload the page.'));
