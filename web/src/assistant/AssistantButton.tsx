// Opens the assistant: a button in the top bar, and Ctrl+I.
import { Suspense, useState, type ComponentType } from 'react';
import Icon from '@mui/icons-material/AutoAwesomeOutlined';
import IconButton from '@mui/material/IconButton';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { useShortcut } from '../ui/shortcuts';
import { toggleAssistant, useOpening } from './opening';
import { statusQuery } from './status';

export function AssistantButton({ Panel }: { Panel: ComponentType }) {
	const translate = useTranslate();
	const { open } = useOpening();
	const { data } = useQuery(statusQuery);
	const [wanted, setWanted] = useState(open);
	if (open && !wanted) setWanted(true); // stays mounted when closed, to keep the conversation
	useShortcut('Control+i', 'assistant.title', toggleAssistant, data?.enabled ?? false);
	return (
		<>
			{data?.enabled && (
				<IconButton
					id="assistant-button"
					color="inherit"
					onClick={toggleAssistant}
					aria-expanded={open}
					aria-keyshortcuts="Control+I"
					title={translate('assistant.hint')}
					aria-label={translate('assistant.title')}
				>
					<Icon />
				</IconButton>
			)}
			{wanted && (
				<Suspense fallback={null}>
					<Panel />
				</Suspense>
			)}
		</>
	);
}
