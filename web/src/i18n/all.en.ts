import ra from 'ra-language-english';
import { byFolder } from './byFolder';

export default byFolder(ra, import.meta.glob('/src/*/messages.en.ts', { eager: true, import: 'default' }));
