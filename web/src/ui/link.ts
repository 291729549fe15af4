// Checks addresses that users typed before they become links or pictures.

/** Returns the address of a link, or undefined. Only http, https, mailto and tel are allowed, never anything that the
 * browser would run. */
export function safeLink(address: string | null | undefined): string | undefined {
	if (!address) return undefined;
	try {
		const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
		return ['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol) ? url.href : undefined;
	} catch {
		return undefined;
	}
}

/** Returns the path of a picture on this server, or undefined, so that no other host receives a request. */
export function picture(file: { src?: string } | null | undefined): string | undefined {
	const [, path] = /^(?:https?:\/\/[^/]+)?(\/uploads\/[\w.-]+)$/.exec(file?.src ?? '') ?? [];
	return path;
}
