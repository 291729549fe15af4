// The described kinds of records, and what the user's roles allow of their fields.
import { useGetRecordRepresentation, type RaRecord } from 'ra-core';
import { useFeatures } from './feature';
import type { Noun } from './noun';
import { may, mayField } from './permissions';
import { useMe } from './session';

/** The nouns of the workspace, in the order of the menu. */
export const useNouns = () => useFeatures().flatMap(({ noun }) => noun ?? []);

export const useNoun = (name: string | undefined) => useNouns().find((noun) => noun.name === name);

/** Whether the API has an action on records of a resource, and the user's roles allow it. */
export function useCan(resource: string, action: string) {
	const verbs = useNoun(resource)?.verbs;
	return may(useMe(), resource, action) && (!verbs || verbs.includes(action));
}

/** rowName(ROW): the name of a record of a resource. */
export function useRowName(resource: string | undefined) {
	const noun = useNoun(resource);
	const usual = useGetRecordRepresentation(resource);
	return (row: RaRecord) => noun ? noun.title(row) : usual(row);
}

/** readable(NAMES), and editable(NAME): what the roles allow of the fields of a noun. */
export function useFields(noun: Noun) {
	const me = useMe();
	const updates = useCan(noun.name, 'update');
	return {
		readable: (names: string[]) => names.filter((name) => mayField(me, noun.name, name, 'read')),
		editable: (name: string) => updates && Boolean(noun.fields[name]) && !noun.fields[name]!.fixed && mayField(me, noun.name, name, 'update'),
	};
}
