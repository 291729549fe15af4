// Changes of state of a record, which have separate routes: POST /api/RESOURCE/ID/ACTION.
import type { ComponentType } from 'react';
import { lazy } from '../ui/lazy';
import type { Move } from './MoveButtons';

const Buttons = lazy(() => import('./MoveButtons'));

/** Creates the buttons for changes of state on the page of a record. */
export function moves(resource: string, all: Move[]): ComponentType {
	return function Moves() {
		return <Buttons resource={resource} all={all} />;
	};
}

/** The value "reason" of a change. */
export const reason = { name: 'reason' };
