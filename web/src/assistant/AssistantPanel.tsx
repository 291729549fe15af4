// The panel is beside the page on wide screens, and over it on narrow screens. Closing it keeps the conversation.
import { useEffect, useRef, type KeyboardEvent, type MouseEvent } from 'react';
import Close from '@mui/icons-material/Close';
import New from '@mui/icons-material/AddCommentOutlined';
import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import GlobalStyles from '@mui/material/GlobalStyles';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'ra-core';
import { Composer } from './Composer';
import { Introduction } from './Introduction';
import { closeAssistant, takeQuestion, useOpening } from './opening';
import { statusQuery } from './status';
import { OneTurn } from './Turn';
import { useConversation } from './useConversation';

const WIDTH = 400;
const BAR = 48; // height of the top bar, which stays usable

export default function AssistantPanel() {
	const translate = useTranslate();
	const roomy = useMediaQuery('(min-width: 1440px)', { noSsr: true });
	const { open, question } = useOpening();
	const { data: status } = useQuery(statusQuery);
	const { turns, going, ask, again, stop, forget } = useConversation();
	const box = useRef<HTMLTextAreaElement>(null);
	const end = useRef<HTMLDivElement>(null);
	const off = status?.enabled === false;

	// The input gets the focus when the panel opens, and the button when it closes.
	useEffect(() => {
		if (!open) return undefined;
		box.current?.focus();
		return () => document.getElementById('assistant-button')?.focus();
	}, [open]);
	useEffect(() => {
		if (question && status?.enabled) ask(takeQuestion());
	});
	useEffect(() => {
		end.current?.scrollIntoView({ block: 'nearest' });
	}, [turns]);
	// On a narrow screen, the panel would cover the page that a link opens.
	const onClick = (event: MouseEvent) => {
		if (!roomy && (event.target as Element).closest('a[href^="/"]')) closeAssistant();
	};
	const onKeyDown = (event: KeyboardEvent) => {
		if (event.key === 'Escape') closeAssistant();
	};
	return (
		<Drawer
			anchor="right"
			open={open}
			onClose={closeAssistant}
			variant={roomy ? 'persistent' : 'temporary'}
			ModalProps={{ keepMounted: true, disableRestoreFocus: true }}
			onKeyDown={onKeyDown}
			onClick={onClick}
			slotProps={{
				paper: {
					...(roomy ? { component: 'aside' } : { role: 'dialog', 'aria-modal': true }),
					'aria-labelledby': 'assistant-title',
					sx: {
						width: { xs: '100%', sm: WIDTH },
						...(roomy && { top: BAR, height: `calc(100% - ${BAR}px)` }),
					},
				} as object,
			}}
		>
			{open && roomy && <GlobalStyles styles={{ '.RaLayout-content': { marginRight: WIDTH } }} />}
			<Box sx={{ display: 'flex', alignItems: 'center', px: 2, py: 1, borderBottom: 1, borderColor: 'divider' }}>
				<Typography id="assistant-title" variant="h4" component="h2" sx={{ flex: 1 }}>
					{translate('assistant.title')}
				</Typography>
				<IconButton
					onClick={() => {
						forget();
						box.current?.focus();
					}}
					disabled={turns.length === 0}
					title={translate('assistant.new')}
					aria-label={translate('assistant.new')}
				>
					<New />
				</IconButton>
				<IconButton onClick={closeAssistant} aria-label={translate('ra.action.close')}>
					<Close />
				</IconButton>
			</Box>
			<Box
				tabIndex={0}
				role="log"
				aria-label={translate('assistant.conversation')}
				aria-busy={going}
				sx={{ flex: 1, overflowY: 'auto', p: 2 }}
			>
				{turns.length === 0 && status && <Introduction status={status} />}
				<Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0 }}>
					{turns.map((turn, i) => (
						<OneTurn key={i} turn={turn} again={i === turns.length - 1 ? again : undefined} />
					))}
				</Box>
				<div ref={end} />
			</Box>
			{!off && <Composer box={box} going={going} ask={ask} stop={stop} />}
		</Drawer>
	);
}
