import { AppBar, TitlePortal } from 'react-admin';
import { Controls } from '../auth/Controls';
import { PersonMenu } from '../profile/PersonMenu';
import { nouns } from './nouns';

export function TopBar() {
	return (
		<AppBar userMenu={<PersonMenu />} toolbar={
			<>
				{nouns.map(({ tool: Tool }, index) => Tool && <Tool key={index} />)}
				<Controls />
			</>
		}>
			<TitlePortal variant="h4" component="h1" />
		</AppBar>
	);
}
