// The pages for visitors who are not signed in. These pages are small because they load first.
import { Suspense, type ComponentType } from 'react';
import type { RouteObject } from 'react-router-dom';
import { lazy } from '../ui/lazy';
import { Waiting } from '../ui/Waiting';
import SignIn from './SignIn';

const page = (path: string, Page: ComponentType): RouteObject => ({
	path,
	element: (
		<Suspense fallback={<Waiting />}>
			<Page />
		</Suspense>
	),
});

export const entrances: RouteObject = {
	children: [
		page('/sign-in', SignIn),
		page(
			'/sign-up',
			lazy(() => import('./SignUp')),
		),
		page(
			'/forgot-password',
			lazy(() => import('./ForgotPassword')),
		),
		page(
			'/join/:slug',
			lazy(() => import('./Join')),
		),
		page(
			'/choose-password',
			lazy(() => import('./ChoosePassword')),
		),
	],
};
