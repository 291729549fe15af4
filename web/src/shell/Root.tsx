// The root of all pages: theme, language, queries and routes.
import { Suspense, useMemo, useState } from 'react';
import { CacheProvider } from '@emotion/react';
import CssBaseline from '@mui/material/CssBaseline';
import { createTheme, ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { I18nContext, type I18nProvider } from 'ra-core';
import { createBrowserRouter, RouterProvider, type RouteObject } from 'react-router-dom';
import { entrances } from '../auth';
import { WithFoot } from '../ui/Foot';
import { Go } from '../ui/PageLink';
import { lazy } from '../ui/lazy';
import { queryClient } from '../data/session';
import SessionGuard from './SessionGuard';
import { useScheme } from '../ui/scheme';
import { styles } from '../ui/styles';
import { theme } from '../ui/theme';

const LATER = 4000; // milliseconds before this part is loaded, so that the page loads first

// The page works even if this part cannot be loaded.
const Maintenance = lazy(async () => {
	await new Promise((done) => {
		setTimeout(done, LATER);
	});
	return import('../maintenance/Maintenance').catch(() => ({ default: () => null }));
});

const pages: RouteObject[] = [entrances, { path: '*', element: <SessionGuard /> }];

export function Root({ i18n }: { i18n: I18nProvider }) {
	const scheme = useScheme();
	const [router] = useState(() => createBrowserRouter(pages));
	const [go] = useState(() => (to: string) => void router.navigate(to));
	const look = useMemo(() => createTheme(theme(scheme)), [scheme]);
	return (
		<CacheProvider value={styles}>
			<ThemeProvider theme={look}>
				<CssBaseline enableColorScheme />
				<QueryClientProvider client={queryClient}>
					<I18nContext value={i18n}>
						<WithFoot>
							<Go value={go}>
								<RouterProvider router={router} />
							</Go>
							<Suspense fallback={null}>
								<Maintenance />
							</Suspense>
						</WithFoot>
					</I18nContext>
				</QueryClientProvider>
			</ThemeProvider>
		</CacheProvider>
	);
}
