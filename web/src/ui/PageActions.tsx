// The actions of a page, in the line of its heading. On a narrow page, they are below the heading.
import { useLayoutEffect, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import Stack from '@mui/material/Stack';

const ID = 'page-actions';

/** The line of the heading. `reserved` keeps space for actions that are still loading. */
export function HeadingLine({ children, reserved }: { children: ReactNode; reserved: boolean }) {
	return (
		<Stack
			direction="row"
			sx={{ pt: 1, columnGap: 2, alignItems: 'center', minHeight: 52, flexWrap: { xs: 'wrap', sm: 'nowrap' } }}
		>
			<Stack direction="row" sx={{ gap: 0.5, alignItems: 'center', minWidth: 0, minHeight: 44 }}>
				{children}
			</Stack>
			<Stack
				id={ID}
				direction="row"
				sx={{
					ml: { sm: 'auto' },
					flex: { xs: '1 0 100%', sm: '0 1 auto' },
					columnGap: { xs: 0.5, sm: 1 },
					flexWrap: 'wrap',
					alignItems: 'center',
					justifyContent: { sm: 'flex-end' },
					minHeight: { xs: reserved ? 44 : 0, sm: 0 },
					// Four buttons and a menu fit beside each other on a phone.
					'& .MuiButton-root': {
						flexShrink: 0,
						minWidth: 44,
						px: { xs: 0.75, sm: 1.5 },
						'@media (max-width: 599.95px)': { fontSize: '0.8125rem' },
					},
					'& .MuiButton-startIcon': { display: { xs: 'none', sm: 'inherit' } },
				}}
			/>
		</Stack>
	);
}

/** Shows the actions in the line of the heading, or in place if the page has no such line. */
export function PageActions({ children }: { children: ReactNode }) {
	const [slot, setSlot] = useState<HTMLElement | null>();
	useLayoutEffect(() => setSlot(document.getElementById(ID)), []);
	if (slot === undefined) return null;
	return slot ? (
		createPortal(children, slot)
	) : (
		<Stack direction="row" useFlexGap sx={{ gap: 1, flexWrap: 'wrap', alignItems: 'center' }}>
			{children}
		</Stack>
	);
}
