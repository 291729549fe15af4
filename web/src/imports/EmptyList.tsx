import { useTranslate } from 'ra-core';
import { NewButton } from '../app/create';
import { EmptyState } from '../app/EmptyState';
import type { Noun } from '../app/noun';
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
