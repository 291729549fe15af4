import type { ReactNode } from 'react';
import { useMay } from '../data/permissions';

/** Renders its children if the user's roles allow the action. */
export function Allowed({ resource, action, children }: { resource: string; action: string; children: ReactNode }) {
	return useMay(resource, action) && children;
}
