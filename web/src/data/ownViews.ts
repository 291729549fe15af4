/** The user's favourites and menu entries are stored as private views, which only their owner can read. */
export const OWN_VIEWS = {
	filter: { resource: ['favourites', 'menu'], sharing: 'private' },
	sort: { field: 'name', order: 'ASC' },
	pagination: { page: 1, perPage: 51 },
} as const;
