import { Suspense, type ReactNode } from 'react';
import { Layout, type LayoutProps } from 'react-admin';
import { QueryResult } from '../ui/QueryResult';
import { ConfigurationContext, useConfigurationOf, useOwnConfiguration } from '../data/configuration';
import { Creating } from '../records/create';
import { Failure } from '../ui/Failure';
import { useAreas } from '../records/area';
import { DuplicateNotice } from '../records/DuplicateNotice';
import { Feed } from '../data/feed';
import { MainMenu, Rail } from './MainMenu';
import { PageTitle } from '../records/PageTitle';
import { useMe } from '../data/session';
import { ReadOnly } from './ReadOnly';
import { SandboxNotice } from './SandboxNotice';
import { ShortcutList } from './ShortcutList';
import { TopBar } from './TopBar';
import { Waiting } from '../ui/Waiting';

/** Pages render as soon as the organization's configuration is known, which contains stages and the currency. */
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
					<ReadOnly />
					<SandboxNotice />
					<ShortcutList />
					{useAreas().map(({ everywhere: Everywhere }, index) => Everywhere && <Everywhere key={index} />)}
				</Layout>
			</Creating>
		</ConfigurationContext>
	);
}
