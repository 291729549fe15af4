// A message that is shown after the page reloads.
import { useEffect, useState } from 'react';
import { Foot } from './Foot';

const KEY = 'tenantry.notice';

export const leaveNotice = (text: string): void => sessionStorage.setItem(KEY, text);

/** Shows the message once, until it is closed. */
export function Notice() {
	const [text, setText] = useState<string | null>(null);
	useEffect(() => {
		setText(sessionStorage.getItem(KEY));
		sessionStorage.removeItem(KEY);
	}, []);
	return text && <Foot role="status" onClose={() => setText(null)}>{text}</Foot>;
}
