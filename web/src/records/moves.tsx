// Record state changes, each of which has a separate route: POST /api/RESOURCE/ID/ACTION.
import type { ComponentType } from 'react';
import { lazy } from '../ui/lazy';
import type { Move } from './MoveButtons';

const Buttons = lazy(() => import('./MoveButtons'));

/** Creates the buttons for state changes on a record's page. */
export function moves(resource: string, all: Move[]): ComponentType {
	return function Moves() {
		return <Buttons resource={resource} all={all} />;
	};
}

/** The value "reason" of a state change. */
export const reason = { name: 'reason' };
