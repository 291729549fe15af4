// The button with which an administrator adds a custom field to a resource.
import Icon from '@mui/icons-material/Add';
import Button from '@mui/material/Button';
import { useTranslate } from 'ra-core';
import { useCatalogue } from '../data/session';
import { useCreation } from './create';
import { useCan } from './resources';
import type { Completed } from './resource';

/** Shows nothing if the user may not define fields, or if the resource has no custom fields. */
export function AddField({ resource, onOpen }: { resource: Completed; onOpen?: () => void }) {
	const translate = useTranslate();
	const open = useCreation();
	const described = useCatalogue()[resource.name];
	const defines = useCan('field_definitions', 'create');
	if (!defines || !('custom' in (described?.fields ?? {}))) return null;
	return (
		<Button
			size="small"
			startIcon={<Icon />}
			onClick={() => {
				onOpen?.();
				open('field_definitions', { resource: resource.name });
			}}
		>
			{translate('customFields.add')}
		</Button>
	);
}
