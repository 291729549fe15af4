import type { ReactNode } from 'react';
import { Layout, type LayoutProps } from 'react-admin';
import { Failure } from './Failure';
import { Feed } from './feed';
import { MainMenu } from './MainMenu';
import { nouns } from './nouns';
import { TopBar } from './TopBar';

export function WorkspaceLayout({ children, ...props }: LayoutProps & { children: ReactNode }) {
	return (
		<Layout {...props} appBar={TopBar} menu={MainMenu} error={Failure}>
			{children}
			<Feed />
			{nouns.map(({ everywhere: Everywhere }, index) => Everywhere && <Everywhere key={index} />)}
		</Layout>
	);
}
