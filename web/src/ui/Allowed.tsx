import type { ReactNode } from 'react';
import { useMay } from '../data/permissions';

/** Shows what the user's roles allow. */
export function Allowed({ resource, action, children }: { resource: string; action: string; children: ReactNode }) {
	return useMay(resource, action) && children;
}
