import { useTranslate } from 'ra-core';
import { NewButton } from '../records/create';
import { EmptyState } from '../ui/EmptyState';
import type { Noun } from '../records/noun';
import { ImportButton } from './ImportButton';

/** Replaces an empty list: create the first record or import a file. */
export function EmptyList({ noun: { name, icon, list } }: { noun: Noun }) {
	const translate = useTranslate();
	return (
		<EmptyState
			icon={icon}
			title={translate(`resources.${name}.empty`, { _: translate('ra.navigation.no_results') })}
			text={translate(`resources.${name}.invite`, { _: '' })}
		>
			<NewButton noun={name} />
			{list?.imports && <ImportButton />}
		</EmptyState>
	);
}
