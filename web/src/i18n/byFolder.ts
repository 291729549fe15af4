import type { TranslationMessages } from 'ra-core';

type Messages = { resources?: object; ra?: Record<string, object> };

/** The messages of each folder under its name. `resources` of all folders are merged, since
 * react-admin looks up names of resources and fields there; `ra` replaces its own messages. */
export function byFolder({ ra, ...rest }: TranslationMessages, files: Record<string, unknown>) {
	const all = { ...rest } as TranslationMessages;
	let resources = {};
	const defaults = { ...ra } as Record<string, object>;
	for (const [path, messages] of Object.entries(files)) {
		const { resources: more, ra: changed = {}, ...own } = messages as Messages;
		all[path.split('/').at(-2) ?? path] = own;
		resources = { ...resources, ...more };
		for (const [group, texts] of Object.entries(changed)) defaults[group] = { ...defaults[group], ...texts };
	}
	return { ...all, ra: defaults, resources } as unknown as TranslationMessages;
}
