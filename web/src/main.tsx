import { createRoot } from 'react-dom/client';
import { matchRoutes } from 'react-router-dom';
import { followHash } from './data/address';
import { loadI18n } from './i18n/i18n';
import { Root } from './shell/Root';
import { readStart } from './shell/start';
import { entrances } from './auth';
import { showInvalid } from './ui/invalid';

followHash();
const root = document.getElementById('root')!;
const visitor = matchRoutes([entrances], window.location) !== null;
readStart(visitor)
	.then(loadI18n)
	.then(
		(i18n) => {
			showInvalid(i18n);
			createRoot(root).render(<Root i18n={i18n} />);
		},
		// The message is in both languages, because the texts are not loaded yet.
		() =>
			root.append(
				'The page could not be loaded. Please reload it. · La page n’a pas pu être chargée. Rechargez-la.',
			),
	);
