// Banners at the bottom of the window. They take up space in the layout, so that they cover neither the content nor the
// focused element.
import { createContext, useContext, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import Alert, { type AlertProps } from '@mui/material/Alert';
import Box from '@mui/material/Box';
import GlobalStyles from '@mui/material/GlobalStyles';
import { useTrouble } from '../data/connection';

const Place = createContext<HTMLElement | null>(null);

/** The banners, one below the other. */
export function Foot(props: AlertProps) {
	const place = useContext(Place);
	return (
		place &&
		createPortal(
			<>
				<GlobalStyles
					styles={{
						html: { scrollPaddingBottom: 160 },
						// The toolbar would otherwise be behind the banner.
						'.RaToolbar-mobileToolbar': { position: 'static !important' },
					}}
				/>
				<Alert severity="warning" variant="filled" square {...props} />
			</>,
			place,
		)
	);
}

export function WithFoot({ children }: { children: ReactNode }) {
	const [place, setPlace] = useState<HTMLElement | null>(null);
	const trouble = useTrouble(); // shown above dialogs as well
	return (
		<Place.Provider value={place}>
			{children}
			<Box ref={setPlace} sx={{ position: 'sticky', bottom: 0, zIndex: trouble ? 'tooltip' : 'appBar' }} />
		</Place.Provider>
	);
}
