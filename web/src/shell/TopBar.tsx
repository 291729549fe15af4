// The bar above all pages.
import Box from '@mui/material/Box';
import { AppBar } from 'react-admin';
import { PersonMenu } from '../profile/PersonMenu';
import { CreateTool } from '../records/create';
import { useAreas } from '../records/area';

export function TopBar() {
	return (
		<AppBar userMenu={<PersonMenu />} toolbar={<CreateTool />}>
			<Box
				sx={{ flex: 1, display: 'flex', alignItems: 'center', justifyContent: { xs: 'flex-end', sm: 'start' } }}
			>
				{useAreas().map(({ tool: Tool }, index) => Tool && <Tool key={index} />)}
			</Box>
		</AppBar>
	);
}
