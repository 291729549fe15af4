// The pages of the workspace: one line a folder, which says the rest itself.
export { default as contacts } from '../contacts';
export { default as companies } from '../companies';
export { default as deals } from '../deals';
export { default as profile } from '../profile';
export { default as organization } from '../organization';
export { default as trash } from '../trash';
export { default as search } from '../search';
export { default as webhooks } from '../webhooks';
export { default as audit } from '../audit';
export { default as admin } from '../admin';
export { default as tasks } from '../tasks';
export { default as appointments } from '../appointments';
export { default as messages } from '../messages';
export { default as imports } from '../imports';
export { default as automations } from '../automations';
export { default as assistant } from '../assistant';
export { default as data } from '../data';
