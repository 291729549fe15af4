// The tabs of the organization's settings, in their order, with the titles of their panels. The search in the settings
// finds both.
import { insideOf } from '../records/menu';
import type { Me } from '../data/session';
import { lists } from './document';

interface Part {
	/** The message keys of the panels' titles. */
	panels?: string[];
	administrators?: true;
}

const described = {
	general: {
		panels: [
			'organization.name',
			'organization.region',
			'organization.duplicates',
			'assistant.key_shared',
			'organization.staff_policy',
			'organization.sandbox.title',
			'organization.usage',
			'organization.leave',
		],
		administrators: true,
	},
	members: { panels: ['organization.leave'] },
	roles: { panels: ['organization.built_in'] },
	teams: {},
	tags: {},
	invitations: { panels: ['organization.received'] },
	lists: { panels: lists.map((name) => `organization.lists.${name}`), administrators: true },
	forms: { administrators: true },
	accounts: { administrators: true },
	modules: { administrators: true },
	retention: { panels: ['organization.retentionDays', 'organization.trashDays'], administrators: true },
} satisfies Record<string, Part>;

export type PartName = keyof typeof described;
const parts: Record<PartName, Part> = described;

export const partsFor = ({ administrator }: Me) =>
	(Object.keys(parts) as PartName[]).filter((name) => administrator || !parts[name].administrators);

export const inside = (me: Me) =>
	insideOf(
		'organization',
		partsFor(me).map((name) => [name, parts[name].panels ?? []]),
	);
