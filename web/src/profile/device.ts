/** Returns a short name for a browser, such as "Firefox, Linux". */
export function device(agent: string | null | undefined): string {
	const of = (names: [RegExp, string][]) => names.find(([sign]) => sign.test(agent ?? ''))?.[1];
	const browser = of([
		[/Edg\//, 'Edge'],
		[/OPR\//, 'Opera'],
		[/Firefox\//, 'Firefox'],
		[/Chrom(e|ium)\//, 'Chrome'],
		[/Safari\//, 'Safari'],
		[/^curl\//, 'curl'],
	]);
	const system = of([
		[/Android/, 'Android'],
		[/iPhone|iPad/, 'iOS'],
		[/Windows/, 'Windows'],
		[/Mac OS X/, 'macOS'],
		[/Linux/, 'Linux'],
	]);
	return [browser, system].filter(Boolean).join(', ') || (agent ?? '').slice(0, 60);
}
