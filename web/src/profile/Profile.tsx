import { lazy } from '../ui/lazy';
import { Sections } from '../ui/Sections';
import { useMe } from '../data/session';
import { Me } from './Me';

const parts = {
	me: Me,
	security: lazy(() => import('./Security')),
	keys: lazy(() => import('./Keys')),
	events: lazy(() => import('./Events')),
};

// Portal users have no keys, because a key would give access only to shared records.
const { keys, ...portalParts } = parts;

export default function Profile() {
	const { portal } = useMe();
	return <Sections base="/profile" title="profile.title" parts={portal ? portalParts : parts} />;
}
