// The banner of an organization that an operator has temporarily made read-only.
import { useTranslate } from 'ra-core';
import { useMe } from '../data/session';
import { Foot } from '../ui/Foot';

export function ReadOnly() {
	const translate = useTranslate();
	return useMe().read_only && <Foot role="status">{translate('organization.read_only')}</Foot>;
}
