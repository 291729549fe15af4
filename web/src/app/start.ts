// What the workspace reads first, together with the user's record and before its scripts have come.
import { readAhead } from './batch';

/** The user's favourites and choice of the menu: only its owner reads a private view. */
export const OWN_VIEWS = {
	filter: { resource: ['favourites', 'menu'], sharing: 'private' },
	sort: { field: 'name', order: 'ASC' },
	pagination: { page: 1, perPage: 51 },
} as const;

const { filter, sort, pagination } = OWN_VIEWS;

export const readStart = () =>
	readAhead([
		'/api/organizations',
		'/api/assistant/status',
		'/api/configuration/1',
		'/api/whats-new',
		`/api/views?${new URLSearchParams({
			filter: JSON.stringify(filter),
			range: JSON.stringify([0, pagination.perPage - 1]),
			sort: JSON.stringify([sort.field, sort.order]),
		})}`,
	]);
