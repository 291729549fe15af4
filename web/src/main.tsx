import { createRoot } from 'react-dom/client';
import { followHash } from './app/address';
import { loadI18n } from './app/i18n';
import { Root } from './app/Root';

followHash();
loadI18n().then((i18n) =>
	createRoot(document.getElementById('root')!).render(<Root i18n={i18n} />));
