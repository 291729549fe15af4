import { Suspense, type ReactNode } from 'react';
import { Layout, type LayoutProps } from 'react-admin';
import { QueryResult } from './QueryResult';
import { ConfigurationContext, useConfigurationOf, useOwnConfiguration } from './configuration';
import { Creating } from './create';
import { Failure } from './Failure';
import { useFeatures } from './feature';
import { DuplicateNotice } from './DuplicateNotice';
import { Feed } from './feed';
import { MainMenu, Rail } from './MainMenu';
import { PageTitle } from './PageTitle';
import { useMe } from './session';
import { ShortcutList } from './ShortcutList';
import { TopBar } from './TopBar';
import { Waiting } from './Waiting';

/** Pages render once the organization's configuration is known: its stages, its currency. */
export function WorkspaceLayout({ children, ...props }: LayoutProps & { children: ReactNode }) {
	const configuration = useOwnConfiguration();
	return (
		<ConfigurationContext value={useConfigurationOf(configuration.data)}>
			<Creating>
				<Layout {...props} appBar={TopBar} menu={MainMenu} sidebar={Rail} error={Failure}>
					<PageTitle />
					<Suspense fallback={<Waiting />}>
						<QueryResult query={configuration} waiting={<Waiting />}>
							{() => children}
						</QueryResult>
					</Suspense>
					{!useMe().viewing && <Feed />}
					<DuplicateNotice />
					<ShortcutList />
					{useFeatures().map(({ everywhere: Everywhere }, index) => Everywhere && <Everywhere key={index} />)}
				</Layout>
			</Creating>
		</ConfigurationContext>
	);
}
