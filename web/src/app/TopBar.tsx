import { useEffect } from 'react';
import useMediaQuery from '@mui/material/useMediaQuery';
import { AppBar, TitlePortal } from 'react-admin';
import { Controls } from '../auth/Controls';
import { NARROW, PersonMenu } from '../profile/PersonMenu';
import { CreateTool } from './create';
import { useFeatures } from './feature';
import { FavouriteButton } from './records';

// The title of the browser's tab follows the title of the page.
function useDocumentTitle() {
	useEffect(() => {
		const title = document.getElementById('react-admin-title');
		const follow = () => { document.title = [title?.textContent, 'Tenantry'].filter(Boolean).join(' · '); };
		const observer = new MutationObserver(follow);
		if (title)
			observer.observe(title, { childList: true, characterData: true, subtree: true });
		follow();
		return () => observer.disconnect();
	}, []);
}

export function TopBar() {
	useDocumentTitle();
	return (
		<AppBar userMenu={<PersonMenu />} toolbar={
			<>
				<CreateTool />
				<FavouriteButton />
				{useFeatures().map(({ tool: Tool }, index) => Tool && <Tool key={index} />)}
				{/* On a phone in the menu of the user, to leave room for the title. */}
				{!useMediaQuery(NARROW) && <Controls />}
			</>
		}>
			{/* Inline elements end with an ellipsis when there is no room. */}
			<TitlePortal variant="h4" component="h1" sx={{ '& .RaConfigurable-root': { display: 'inline' } }} />
		</AppBar>
	);
}
