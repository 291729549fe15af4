// A message that is shown after the page reloads.
import { useEffect, useState } from 'react';
import { useLocation } from 'react-router-dom';
import { useProviderError } from './providers';
import { Foot } from '../ui/Foot';

const KEY = 'tenantry.notice';

export const leaveNotice = (text: string): void => sessionStorage.setItem(KEY, text);

/**
 * Shows the message once, until it is closed. Shows the error instead if the server redirected to the start page with
 * an error.
 */
export function Notice() {
	const { pathname } = useLocation();
	const error = useProviderError();
	const [text, setText] = useState(() => sessionStorage.getItem(KEY) ?? (pathname === '/' ? error : undefined));
	useEffect(() => sessionStorage.removeItem(KEY), []);
	return (
		text && (
			<Foot role="status" onClose={() => setText(undefined)}>
				{text}
			</Foot>
		)
	);
}
