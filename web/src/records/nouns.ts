// The described kinds of records, and what the user's roles allow of their fields.
import { useMemo } from 'react';
import { useGetRecordRepresentation, type RaRecord } from 'ra-core';
import { useFeatures, type Feature } from './feature';
import type { Noun } from './noun';
import { may, mayField } from '../data/permissions';
import { useMe } from '../data/session';

const nounsOf = new WeakMap<Feature[], Noun[]>();

/** The nouns of the workspace, in the order of the menu. */
export function useNouns(): Noun[] {
	const features = useFeatures();
	const nouns = nounsOf.get(features) ?? features.flatMap(({ noun }) => noun ?? []);
	nounsOf.set(features, nouns);
	return nouns;
}

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
	return (row: RaRecord): string => {
		if (noun) return noun.title(row);
		const name = usual(row);
		return typeof name === 'string' || typeof name === 'number' ? String(name) : `#${row.id}`;
	};
}

/** readable(NAMES), and editable(NAME): what the roles allow of the fields of a noun, in a new record if it is one. */
export function useFields(noun: Noun, created = false) {
	const me = useMe();
	const writes = useCan(noun.name, created ? 'create' : 'update');
	return useMemo(
		() => ({
			readable: (names: string[]) => names.filter((name) => mayField(me, noun.name, name, 'read')),
			editable: (name: string) =>
				writes &&
				Boolean(noun.fields[name]) &&
				!noun.fields[name]!.fixed &&
				mayField(me, noun.name, name, 'update'),
		}),
		[me, noun, writes],
	);
}
