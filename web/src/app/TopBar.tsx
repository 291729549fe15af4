import { AppBar, TitlePortal } from 'react-admin';
import { Controls } from '../auth/Controls';
import { PersonMenu } from '../profile/PersonMenu';
import { useFeatures } from './feature';

export function TopBar() {
	return (
		<AppBar userMenu={<PersonMenu />} toolbar={
			<>
				{useFeatures().map(({ tool: Tool }, index) => Tool && <Tool key={index} />)}
				<Controls />
			</>
		}>
			{/* What is inline ends with dots where there is no room for all of it. */}
			<TitlePortal variant="h4" component="h1" sx={{ '& .RaConfigurable-root': { display: 'inline' } }} />
		</AppBar>
	);
}
