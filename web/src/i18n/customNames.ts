// The names of custom fields. The API calls them custom.KEY. The pages use a name without a dot, because forms
// interpret a dot as a path separator.

/** The prefix of custom field names in the pages. */
export const PREFIX = 'custom->';

/** Returns the pages' name for a field that the API calls custom.KEY. */
export const named = (name: string) => name.replace(/^custom\./, PREFIX);

/** Returns the API's name for a field that the pages name. */
export const apiName = (name: string) => name.replace(PREFIX, 'custom.');

/** Returns whether a resource is a custom object. */
export const isObject = (resource: string) => resource.startsWith('custom_');

/** Returns whether a name in the pages belongs to a custom field. */
export const isCustom = (name: string) => name.startsWith(PREFIX);
