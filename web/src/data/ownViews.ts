/** The user's favourites and choice of the menu: only its owner reads a private view. */
export const OWN_VIEWS = {
	filter: { resource: ['favourites', 'menu'], sharing: 'private' },
	sort: { field: 'name', order: 'ASC' },
	pagination: { page: 1, perPage: 51 },
} as const;
