// The names of fields that the organization defines: the API calls them custom.KEY, and the pages use a name without a
// dot, since forms interpret a dot as the separator of a path.

/** The prefix of these names. */
export const PREFIX = 'custom->';

/** The name in the pages of a field that the API calls custom.KEY. */
export const named = (name: string) => name.replace(/^custom\./, PREFIX);

/** The name in the API of a field of the pages. */
export const apiName = (name: string) => name.replace(PREFIX, 'custom.');

/** Whether a resource is an object that the organization defines. */
export const isObject = (resource: string) => resource.startsWith('custom_');

/** Whether a name is the name of such a field. */
export const isCustom = (name: string) => name.startsWith(PREFIX);
