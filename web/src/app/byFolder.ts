import type { TranslationMessages } from 'ra-core';

type Messages = { resources?: object };

/** Messages by the folder that they are in, beside react-admin's own; resources
 * of all are put together, since it looks for the names of members there. */
export function byFolder(ra: TranslationMessages, files: Record<string, unknown>) {
	const all: TranslationMessages = { ...ra };
	let resources = {};
	for (const [path, messages] of Object.entries(files)) {
		const { resources: more, ...own } = messages as Messages;
		all[path.split('/').at(-2) ?? path] = own as TranslationMessages;
		resources = { ...resources, ...more };
	}
	return { ...all, resources } as TranslationMessages;
}
