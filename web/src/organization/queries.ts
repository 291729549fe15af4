import { queryOptions } from '@tanstack/react-query';
import { read } from '../data/batch';
import { begin } from '../data/session';
import { asked, withAuth } from '../data/auth';

export interface Organization {
	id: string;
	name: string;
	slug: string;
	role: string;
	suspended: boolean;
}

/** The user's organizations. */
export const organizationsQuery = queryOptions({
	queryKey: ['organizations'],
	queryFn: async () => (await read<Organization[]>('/api/organizations')).json,
});

/** The pending invitations to the organization. */
export const invitesKey = ['invites'];

/** Activates an organization and opens its dashboard. */
export async function enter(organizationId: string): Promise<void> {
	await asked((auth) => auth.organization.setActive({ organizationId }));
	begin('/');
}

/** Creates an organization. Its slug consists of letters, digits and a random suffix. */
export async function make(name: string): Promise<void> {
	const slug =
		name
			.normalize('NFKD')
			.toLowerCase()
			.replace(/[^a-z0-9]+/g, '-')
			.replace(/^-|-$/g, '') || 'organization';
	const free = await withAuth((auth) => auth.organization.checkSlug({ slug }));
	const tail = free.error ? `-${Date.now().toString(36)}` : '';
	await asked((auth) => auth.organization.create({ name, slug: slug + tail }));
	begin('/');
}

export const rename = (organizationId: string, name: string) =>
	asked((auth) => auth.organization.update({ organizationId, data: { name } }));
