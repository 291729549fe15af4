import { lazy } from 'react';
import { Sections } from '../app/Sections';
import { Me } from './Me';

const parts = {
	me: Me,
	security: lazy(() => import('./Security')),
	keys: lazy(() => import('./Keys')),
	events: lazy(() => import('./Events')),
};

export default function Profile() {
	return <Sections base="/profile" title="profile.title" parts={parts} />;
}
