// Copies of the texts that the pages for visitors show, in a separate chunk.
import ra from 'ra-language-french';
import { byFolder } from './byFolder';

const texts = import.meta.glob('/src/{i18n,auth,maintenance}/messages.fr.ts', {
	eager: true,
	import: 'default',
	query: '?visitor',
});

export default byFolder(ra, texts);
