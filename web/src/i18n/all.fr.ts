import ra from 'ra-language-french';
import { byFolder } from './byFolder';

export default byFolder(ra, import.meta.glob('/src/*/messages.fr.ts', { eager: true, import: 'default' }));
