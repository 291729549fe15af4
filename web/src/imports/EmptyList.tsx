import { useTranslate } from 'ra-core';
import { NewButton } from '../records/create';
import { EmptyState } from '../ui/EmptyState';
import type { Resource } from '../records/resource';
import { ImportButton } from './ImportButton';

/** Replaces an empty list. The user can create the first record or import a file. */
export function EmptyList({ resource: { name, icon } }: { resource: Resource }) {
	const translate = useTranslate();
	return (
		<EmptyState
			icon={icon}
			title={translate(`resources.${name}.empty`, { _: translate('ra.navigation.no_results') })}
			text={translate(`resources.${name}.invite`, { _: '' })}
		>
			<NewButton resource={name} />
			<ImportButton />
		</EmptyState>
	);
}
