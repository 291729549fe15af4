// The bar above all pages.
import Box from '@mui/material/Box';
import useMediaQuery from '@mui/material/useMediaQuery';
import type { Theme } from '@mui/material/styles';
import { AppBar } from 'react-admin';
import { PersonMenu } from '../profile/PersonMenu';
import { CreateTool } from '../records/create';
import { useAreas } from '../records/area';

export function TopBar() {
	// Except at the top of a page, a phone has no room for this part.
	const small = useMediaQuery<Theme>((theme) => theme.breakpoints.down('sm'));
	return (
		<AppBar alwaysOn={!small} userMenu={<PersonMenu />} toolbar={<CreateTool />}>
			<Box
				sx={{ flex: 1, display: 'flex', alignItems: 'center', justifyContent: { xs: 'flex-end', sm: 'start' } }}
			>
				{useAreas().map(({ tool: Tool }, index) => Tool && <Tool key={index} />)}
			</Box>
		</AppBar>
	);
}
