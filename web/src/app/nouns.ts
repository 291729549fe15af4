// The described kinds of records, and what the user's roles allow of their fields.
import { useFeatures } from './feature';
import type { Noun } from './noun';
import { mayField } from './permissions';
import { useMe } from './session';

/** The nouns of the workspace, in the order of the menu. */
export const useNouns = () => useFeatures().flatMap(({ noun }) => noun ?? []);

export const useNoun = (name: string | undefined) => useNouns().find((noun) => noun.name === name);

/** readable(NAMES), and editable(NAME): what the roles allow of the fields of a noun. */
export function useFields(noun: Noun) {
	const me = useMe();
	return {
		readable: (names: string[]) => names.filter((name) => mayField(me, noun.name, name, 'read')),
		editable: (name: string) => Boolean(noun.fields[name]) && !noun.fields[name]!.fixed && mayField(me, noun.name, name, 'update'),
	};
}
