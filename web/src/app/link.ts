// Addresses that somebody typed: what is followed, and what is shown.

/** An address to be followed, or undefined: the web, mail or telephone, and nothing
 * that a browser would run. */
export function safeLink(address: string | null | undefined): string | undefined {
	if (!address)
		return undefined;
	try {
		const url = new URL(/^[a-z][a-z0-9+.-]*:/i.test(address) ? address : `https://${address}`);
		return ['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol) ? url.href : undefined;
	} catch {
		return undefined;
	}
}

/** A picture of ours, by a path of this server, or undefined: no other host is
 * asked for anything. */
export function picture(file: { src?: string } | null | undefined): string | undefined {
	const [, path] = /^(?:https?:\/\/[^/]+)?(\/uploads\/[\w.-]+)$/.exec(file?.src ?? '') ?? [];
	return path;
}
