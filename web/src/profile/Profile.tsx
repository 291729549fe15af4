import type { ComponentType } from 'react';
import { lazy } from '../ui/lazy';
import { Sections } from '../ui/Sections';
import { useMe } from '../data/session';
import { Me } from './Me';
import { parts } from './parts';

const pages: Record<keyof typeof parts, ComponentType> = {
	me: Me,
	security: lazy(() => import('./Security')),
	keys: lazy(() => import('./Keys')),
	events: lazy(() => import('./Events')),
};

// Portal users have no keys, because a key would give access only to shared records.
const { keys, ...portalPages } = pages;

export default function Profile() {
	const { portal } = useMe();
	return <Sections base="/profile" title="profile.title" parts={portal ? portalPages : pages} />;
}
