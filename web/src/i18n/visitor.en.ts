// Copies of the texts that the pages for visitors show, in a separate chunk.
import ra from 'ra-language-english';
import { byFolder } from './byFolder';

const texts = import.meta.glob('/src/{i18n,auth,maintenance}/messages.en.ts', {
	eager: true,
	import: 'default',
	query: '?visitor',
});

export default byFolder(ra, texts);
