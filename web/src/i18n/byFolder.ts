import type { TranslationMessages } from 'ra-core';

type Messages = { resources?: object; ra?: Record<string, object> };

/**
 * Adds the messages of each folder under its name. `resources` of all folders are merged, because react-admin looks up
 * the names of resources and fields there. `ra` replaces react-admin's own messages.
 */
export function byFolder({ ra, resources = {}, ...rest }: TranslationMessages, files: Record<string, unknown>) {
	const all = { ...rest } as TranslationMessages;
	const names = { ...(resources as object) };
	const defaults = { ...ra } as Record<string, object>;
	for (const [path, messages] of Object.entries(files)) {
		const { resources: more, ra: changed = {}, ...own } = messages as Messages;
		all[path.split('/').at(-2) ?? path] = own;
		Object.assign(names, more);
		for (const [group, texts] of Object.entries(changed)) defaults[group] = { ...defaults[group], ...texts };
	}
	return { ...all, ra: defaults, resources: names } as unknown as TranslationMessages;
}
