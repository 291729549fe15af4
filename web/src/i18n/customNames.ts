// The names of fields that the organization defines: the API calls them custom.KEY, and the pages use a name without a
// dot, since forms interpret a dot as the separator of a path.

/** The prefix of the names in the pages. */
export const PREFIX = 'custom->';

/** Returns the name in the pages of a field that the API calls custom.KEY. */
export const named = (name: string) => name.replace(/^custom\./, PREFIX);

/** The name in the API of a field of the pages. */
export const apiName = (name: string) => name.replace(PREFIX, 'custom.');

/** Whether a resource is an object that the organization defines. */
export const isObject = (resource: string) => resource.startsWith('custom_');

/** Returns whether a name in the pages belongs to a field that the organization defines. */
export const isCustom = (name: string) => name.startsWith(PREFIX);
