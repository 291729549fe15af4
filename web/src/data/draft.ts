// Unsent texts, which survive navigation and the end of the session.
import { useState } from 'react';
import { keepAt, keptAt, placeOf } from './drafts';
import { useMe } from './session';

/** Returns the storage key of a draft, or undefined while an administrator views the organization as this user. */
export function useDraftPlace(name: string): string | undefined {
	const me = useMe();
	return me.viewing ? undefined : placeOf(me, name);
}

/** Returns the draft stored under a name, or otherwise the initial text, and its setter. */
export function useDraft(name: string, first = ''): [string, (text: string) => void] {
	const place = useDraftPlace(name);
	const read = () => ({ place, text: (place && keptAt<string>(place)) || first });
	const [draft, setDraft] = useState(read);
	if (draft.place !== place) setDraft(read());
	return [
		draft.text,
		(text) => {
			setDraft({ place, text });
			if (place) keepAt(place, text === first ? undefined : text);
		},
	];
}
