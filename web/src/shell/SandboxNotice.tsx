// The banner of a sandbox.
import { useTranslate } from 'ra-core';
import { useMe } from '../data/session';
import { Foot } from '../ui/Foot';

export function SandboxNotice() {
	const translate = useTranslate();
	return (
		useMe().sandbox && (
			<Foot role="status" severity="info">
				{translate('organization.sandbox.banner')}
			</Foot>
		)
	);
}
