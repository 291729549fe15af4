// A link between pages, for lists with hundreds of links. The router's Link would render each link again whenever the
// address changes.
import { createContext, useContext, type ComponentProps, type MouseEvent } from 'react';

/** A function that opens a page, as useNavigate() returns it, except that the function is always the same. */
export const Go = createContext<(to: string) => void>((to) => window.location.assign(to));

export function PageLink({
	to,
	children,
	...props
}: { to: string } & Omit<ComponentProps<'a'>, 'href' | 'onClick' | 'target'>) {
	const go = useContext(Go);
	const follow = (event: MouseEvent) => {
		// With these keys, the browser opens a new tab or window, or saves the page.
		if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
		event.preventDefault();
		go(to);
	};
	return (
		<a {...props} href={to} onClick={follow}>
			{children}
		</a>
	);
}
