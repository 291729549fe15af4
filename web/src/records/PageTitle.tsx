// The page heading. It gets the focus after each navigation, so that a screen reader reads it and Tab continues below
// it. After "back", the link that the user had followed gets the focus, such as the opened row.
import { Suspense, useEffect, useRef } from 'react';
import { TitlePortal } from 'react-admin';
import { NavigationType, useLocation, useNavigationType } from 'react-router-dom';
import { lazy } from '../ui/lazy';
import { HeadingLine } from '../ui/PageActions';

const Breadcrumb = lazy(() => import('./Breadcrumb'));
const FavouriteButton = lazy(() => import('./FavouriteButton'));

const ID = 'react-admin-title';
const PATIENCE = 5000; // milliseconds for the rows to load

// Sets the browser tab title to the page title.
function useDocumentTitle() {
	useEffect(() => {
		const title = document.getElementById(ID);
		const follow = () => {
			document.title = [title?.textContent, 'Tenantry'].filter(Boolean).join(' · ');
		};
		const observer = new MutationObserver(follow);
		if (title) observer.observe(title, { childList: true, characterData: true, subtree: true });
		follow();
		return () => observer.disconnect();
	}, []);
}

function useFocus() {
	const { pathname } = useLocation();
	const back = useNavigationType() === NavigationType.Pop;
	const left = useRef(pathname);
	useEffect(() => {
		const from = left.current;
		left.current = pathname;
		const title = document.getElementById(ID)!;
		const page = title.closest('#main-content')!;
		if (from === pathname) return undefined;
		const ends = new AbortController();
		const stop = () => ends.abort();
		const observer = new MutationObserver(look);
		function look() {
			const now = document.activeElement;
			// Leaves the focus on a tab of the page, or on a field that the page has focused.
			if (now !== title && page.contains(now)) return stop();
			const row = back && page.querySelector<HTMLElement>(`a[href="${CSS.escape(from)}"]:not(nav a)`);
			if (row || title.textContent) (row || title).focus({ preventScroll: back && !row });
			if (row || (title.textContent && !back)) stop();
		}
		ends.signal.addEventListener('abort', () => observer.disconnect());
		// Stops when the user presses a key or clicks.
		for (const event of ['keydown', 'pointerdown']) window.addEventListener(event, stop, { signal: ends.signal });
		const timer = setTimeout(stop, PATIENCE);
		observer.observe(page, { childList: true, characterData: true, subtree: true });
		look();
		return () => {
			clearTimeout(timer);
			stop();
		};
	}, [pathname, back]);
}

export function PageTitle() {
	useDocumentTitle();
	useFocus();
	const { pathname } = useLocation();
	const shown = /\/show$/.test(pathname);
	return (
		<>
			<Suspense>{/^\/\w+\/./.test(pathname) && <Breadcrumb />}</Suspense>
			<HeadingLine reserved={shown}>
				<TitlePortal
					variant="h3"
					component="h1"
					tabIndex={-1}
					// The heading has the focus for screen readers. It is not a control.
					sx={{ flex: '0 1 auto', whiteSpace: 'normal', overflowWrap: 'anywhere', outline: 'none' }}
				/>
				<Suspense>{shown && <FavouriteButton />}</Suspense>
			</HeadingLine>
		</>
	);
}
