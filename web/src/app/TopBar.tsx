import { AppBar, TitlePortal } from 'react-admin';
import { Controls } from '../auth/Controls';
import { PersonMenu } from '../profile/PersonMenu';
import { useFeatures } from './feature';
import { FavouriteButton } from './records';

export function TopBar() {
	return (
		<AppBar userMenu={<PersonMenu />} toolbar={
			<>
				<FavouriteButton />
				{useFeatures().map(({ tool: Tool }, index) => Tool && <Tool key={index} />)}
				<Controls />
			</>
		}>
			{/* Inline elements end with an ellipsis when there is no room. */}
			<TitlePortal variant="h4" component="h1" sx={{ '& .RaConfigurable-root': { display: 'inline' } }} />
		</AppBar>
	);
}
